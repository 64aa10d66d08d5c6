import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes `graphql/schema/*.graphql` as one string into `generated/graphql/type-defs.ts`, so that the schema
 * is in every bundle and nothing reads files at run time.
 */
const schemaFolder = new URL('schema/', import.meta.url).pathname;
const target = new URL('../generated/graphql/type-defs.ts', import.meta.url).pathname;

const names = (await readdir(schemaFolder)).filter((name) => name.endsWith('.graphql')).sort();
const parts = await Promise.all(
  names.map((name) => readFile(path.join(schemaFolder, name), 'utf8')),
);
await mkdir(path.dirname(target), { recursive: true });
await writeFile(target, `export const typeDefs = ${JSON.stringify(parts.join('\n'))};\n`);
