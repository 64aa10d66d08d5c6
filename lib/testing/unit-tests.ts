import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '#launcher/root.ts';

const FOLDERS = ['app', 'graphql', 'lib', 'prisma'];

/** Paths of the unit tests, relative to the checkout, whose text matches `pattern`. */
export function unitTestsWith(pattern: RegExp): string[] {
  return unitTests().filter((file) => pattern.test(readFileSync(path.join(root, file), 'utf8')));
}

function unitTests(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.test\.tsx?$/.test(file))
      .map((file) => path.posix.join(folder, file)),
  );
}
