/** `npm run check`: everything about the code that a machine can tell without running the tests. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { listTables } from '#engine/postgres/introspect.ts';
import { generateAnew } from '#launcher/generate.ts';
import { root } from '#launcher/root.ts';
import { migrate, TABLES_FILE } from '#prisma/migrate.ts';
import { migrationNames } from '#prisma/schema-engine.ts';
import { brokenPlantRules, isMigrated, qualifiedNames } from './plant-rules.ts';
import { startTestServer } from './postgres.ts';
import { runTool } from './tool.ts';

type Complaints = readonly string[];

type Check = readonly [what: string, check: () => Promise<Complaints>];

/** The others read what it writes. */
const first: Check = ['generated code', generated];

const others: readonly Check[] = [
  ['types', () => tool('node_modules/typescript/bin/tsc', '--noEmit')],
  ['lint, format and walls', () => tool('node_modules/@biomejs/biome/bin/biome', 'check')],
  ['migrations', migrations],
  ["the plant's structure", structure],
];

/** Everything that is generated can be, and what the pages' types need of their routes. */
async function generated(): Promise<Complaints> {
  await generateAnew();
  return tool('node_modules/next/dist/bin/next', 'typegen');
}

async function tool(program: string, ...args: string[]): Promise<Complaints> {
  const code = await runTool([program, ...args], {}, 'lines');
  return code === 0 ? [] : [`${path.basename(program)} ended with code ${code}`];
}

async function migrations(): Promise<Complaints> {
  const complaints: string[] = [];
  for (const plane of ['vault', 'plant'] as const)
    if (!(await isMigrated(plane)))
      complaints.push(`prisma/${plane}/schema.prisma has changes that no migration brings about`);
  const folder = path.join(root, 'prisma/plant/migrations');
  for (const name of await migrationNames(folder)) {
    const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
    for (const line of qualifiedNames(sql)) complaints.push(`${name} names a schema: ${line}`);
  }
  return complaints;
}

/** On a database that our migrations have just made, in a schema of another name: that must work too. */
async function structure(): Promise<Complaints> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-check-'));
  await chmod(folder, 0o755);
  const server = await startTestServer(path.join(folder, 'postgres'));
  const schema = `plant_check_${process.pid}`;
  const client = new pg.Client({ connectionString: server.url });
  try {
    await client.connect();
    await migrate(server.url, 'plant', schema);
    return [...(await brokenPlantRules(client, schema)), ...(await writeTables(client, schema))];
  } finally {
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes down which tables the migrations make: a backup finds by that what was made by hand. */
async function writeTables(client: pg.Client, schema: string): Promise<Complaints> {
  const folder = path.join(root, 'prisma/plant/migrations');
  const newest = (await migrationNames(folder)).at(-1) ?? '';
  const file = path.join(folder, newest, TABLES_FILE);
  const tables = await listTables(client, schema);
  const text = tables.map(
    ({ name, columns }) => `  ${JSON.stringify(name)}: ${JSON.stringify(columns)}`,
  );
  const written = `{\n${text.join(',\n')}\n}\n`;
  if ((await readFile(file, 'utf8').catch(() => '')) === written) return [];
  await writeFile(file, written);
  return [
    `${path.relative(root, file)} did not list the tables that migrations make: it is written anew`,
  ];
}

/** Returns how many complaints there were. */
async function carryOut([what, check]: Check): Promise<number> {
  const began = performance.now();
  const complaints = await check().catch((error) => [String(error?.message ?? error)]);
  const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  process.stdout.write(`${complaints.length === 0 ? 'ok    ' : 'WRONG '} ${what} (${took})\n`);
  for (const complaint of complaints) process.stdout.write(`       ${complaint}\n`);
  return complaints.length;
}

const failures = [await carryOut(first), ...(await Promise.all(others.map(carryOut)))];
// The schema engine leaves a timer of 10 seconds behind.
process.exit(failures.every((count) => count === 0) ? 0 : 1);
