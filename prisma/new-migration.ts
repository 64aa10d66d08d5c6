/**
 * `node lib/run.js prisma/new-migration.ts PLANE NAME`: writes the migration from the schema of
 * the last migration (kept as applied.prisma) to the current schema file. Add CHECK constraints by hand:
 * Prisma does not write them.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { diffSchemas } from './schema-engine.ts';

const [plane, name] = process.argv.slice(2);
const databaseUrl = process.env.DATABASE_URL;
if (!plane || !name || !databaseUrl) {
  process.stderr.write(
    'usage: DATABASE_URL=… node lib/run.js prisma/new-migration.ts plant|vault NAME\n',
  );
  process.exit(2);
}
const root = path.join(import.meta.dirname, plane);
const applied = path.join(root, 'migrations', 'applied.prisma');
const sql = await diffSchemas(
  databaseUrl,
  await readFile(applied, 'utf8').catch(() => null),
  await readFile(path.join(root, 'schema.prisma'), 'utf8'),
);
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const folder = path.join(root, 'migrations', `${stamp}_${name}`);
await mkdir(folder, { recursive: true });
// Drop this line of Prisma's: the file must run in any schema, as a role that owns only ours.
const unqualified = sql.replace(/-- CreateSchema\nCREATE SCHEMA [^;]*;\n\n/, '');
await writeFile(path.join(folder, 'migration.sql'), unqualified);
await copyFile(path.join(root, 'schema.prisma'), applied);
process.stdout.write(`${folder}\n`);
process.exit(0); // the engine leaves a timer of 10 seconds behind
