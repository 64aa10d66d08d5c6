/**
 * `npm run bench [-- NAME…] [--size small|city|region]`: measures side by side with PostgreSQL's own tools and
 * prints medians and ratios. DATABASE_URL names the server to measure on (its role must be allowed to create
 * databases); without it an embedded server is started.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { readConfig } from '#config';
import { Closers } from '#launcher/closers.ts';
import { startEmbeddedPostgres } from '#launcher/postgres/embedded.ts';
import type { Bench } from './bench.ts';
import { dropDatabases } from './database.ts';
import { findPgBin } from './tools.ts';

const sizes = ['small', 'city', 'region'] as const;
const closers = new Closers();

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { size: { type: 'string', default: 'region' } },
  });
  const size = sizes.find((name) => name === values.size);
  if (!size) throw new Error(`--size takes one of ${sizes.join(', ')}`);
  return { size, names: positionals };
}

async function loadBenches(names: readonly string[]): Promise<Bench[]> {
  const all: Bench[] = [
    await import('./archive.ts'),
    await import('./download.ts'),
    await import('./create.ts'),
    await import('./changes.ts'),
    await import('./compare.ts'),
    await import('./restore.ts'),
    await import('./swap.ts'),
    await import('./list.ts'),
    await import('./retention.ts'),
    await import('./nightly.ts'),
    await import('./mutations.ts'),
    await import('./row-maps.ts'),
    await import('./night-dates.ts'),
    await import('./soak.ts'),
    await import('./external.ts'),
    await import('./far.ts'),
    await import('./tiles.ts'),
    await import('./export.ts'),
    await import('./import.ts'),
  ];
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (chosen.length === 0)
    throw new Error(`There are these benches: ${all.map(({ name }) => name).join(', ')}`);
  return chosen;
}

async function openServer(folder: string): Promise<string> {
  const { databaseUrl } = readConfig();
  if (databaseUrl) return databaseUrl;
  const server = await startEmbeddedPostgres(path.join(folder, 'postgres'), {
    roleOptions: 'CREATEDB',
    say: log,
    signal: new AbortController().signal,
  });
  closers.add(() => server.stop());
  return server.url;
}

async function serverMajor(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  await client.end();
  return Math.floor(rows[0].version / 10_000);
}

async function main(): Promise<void> {
  const { size, names } = readArguments();
  const benches = await loadBenches(names);
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-'));
  closers.add(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  process.env.TMPDIR = folder; // what the benches leave there goes with it
  const url = await openServer(folder);
  const major = await serverMajor(url);
  const pgBin = await findPgBin(major);
  log(
    `PostgreSQL ${major}; ${pgBin ? `pg_dump of ${pgBin}` : 'no pg_dump that fits is installed, so no ratios to it'}`,
  );
  const { makePlants } = await import('./plants.ts');
  const began = performance.now();
  closers.add(dropDatabases);
  const plants = await makePlants(url, folder, size);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  log(`The plant “${size}”: ${plants.rows.toLocaleString('en')} rows, made in ${seconds} s`);
  for (const bench of benches) {
    log(`\n${bench.name}`);
    const databaseUrl = await plants.copy();
    const line = (text: string) => log(`  ${text}`);
    await bench.run({ databaseUrl, filesFolder: plants.filesFolder, pgBin, log: line });
  }
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The one clean-up, shared by the normal end and by signals. */
let cleaning: Promise<void> | null = null;

async function end(code: number): Promise<never> {
  cleaning ??= closers.close();
  await cleaning;
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end(128 + constants.signals[signal]));

try {
  await main();
  await end(0);
} catch (error) {
  // A bench that a signal interrupts fails too: do not report that.
  if (!cleaning)
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await end(1);
}
