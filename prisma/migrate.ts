import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { applyMigrations, migrationNames, migrationSql } from './schema-engine.ts';

export type Plane = 'plant' | 'vault';

export const TABLES_FILE = 'tables.json';

/** A plant's structure: its migrations in order, each with the SHA-256 (hex) of its SQL. */
export type StructureVersion = readonly { readonly name: string; readonly checksum: string }[];

/** The folder of the working directory if this file was bundled: `next build` moves modules. */
function rootOf(plane: Plane): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.join(path.basename(here) === 'prisma' ? here : path.resolve('prisma'), plane);
}

/** The structure of this build of the server. */
export async function currentStructure(plane: Plane): Promise<StructureVersion> {
  const folder = path.join(rootOf(plane), 'migrations');
  const names = await migrationNames(folder);
  return Promise.all(
    names.map(async (name) => ({
      name,
      checksum: createHash('sha256')
        .update(await migrationSql(folder, name))
        .digest('hex'),
    })),
  );
}

/**
 * The tables that the migrations of the plant make, up to and including `through`, with the columns that are not
 * generated. `npm run check` writes them beside each migration. Null where this build has no such migration.
 */
export async function tablesMadeBy(
  through: string,
): Promise<{ name: string; columns: string[] }[] | null> {
  const folder = path.join(rootOf('plant'), 'migrations');
  if (!(await migrationNames(folder)).includes(through)) return null;
  const text = await readFile(path.join(folder, through, TABLES_FILE), 'utf8');
  const tables = JSON.parse(text) as Record<string, string[]>;
  return Object.entries(tables).map(([name, columns]) => ({ name, columns }));
}

/**
 * Migrates `schema` (made if missing) to today's structure of `plane`, or only up to the migration `through`.
 * Returns the names of the migrations applied. Throws errors of PostgreSQL or the schema engine; a failed
 * migration stays recorded in `_prisma_migrations`.
 */
export async function migrate(
  databaseUrl: string,
  plane: Plane,
  schema: string = plane,
  through?: string,
): Promise<string[]> {
  const names = await migrationNames(path.join(rootOf(plane), 'migrations'));
  const last = through === undefined ? names.length : names.indexOf(through) + 1;
  if (last === 0) throw new Error(`There is no migration ${through} in ${plane}`);
  await createSchema(databaseUrl, schema);
  return applyMigrations(databaseUrl, schema, rootOf(plane), names.slice(0, last));
}

/** Names of the migrations that `schema` lacks; all of them if it does not exist. */
export async function pendingMigrations(
  db: Pick<pg.ClientBase, 'query'>,
  plane: Plane,
  schema: string = plane,
): Promise<string[]> {
  const names = await migrationNames(path.join(rootOf(plane), 'migrations'));
  const table = `${pg.escapeIdentifier(schema)}._prisma_migrations`;
  const there = await db.query('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  if (!there.rows[0]?.there) return names;
  const applied = await db.query<{ name: string }>(
    `SELECT migration_name AS name FROM ${table}
      WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  const done = new Set(applied.rows.map((row) => row.name));
  return names.filter((name) => !done.has(name));
}

async function createSchema(databaseUrl: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // a lost connection fails the statement
  await client.connect();
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(schema)}`);
  } finally {
    await client.end();
  }
}
