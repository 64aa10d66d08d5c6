import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import type { BenchOptions } from './bench.ts';
import { connect } from './bench-backup.ts';
import type { BackupDone } from './create-child.ts';
import { startCreateWorker } from './create-worker.ts';
import { pgDump } from './tools.ts';

export const name = 'changes';

const NIGHTS = 10;

/** One kind of night: what people did since the backup before, as statements for each table. */
interface Kind {
  readonly name: string;
  readonly nights: number;
  readonly mostOfDump: number;
  change(table: WorkedTable, night: number): string[];
}

interface WorkedTable {
  /** Quoted. */
  readonly name: string;
  readonly blocks: number;
  /** Quoted names of its other columns than the id. */
  readonly others: readonly string[];
}

const kinds: readonly Kind[] = [
  { name: 'nothing changed', nights: 1, mostOfDump: 0.2, change: () => [] },
  {
    name: '0.01% changed',
    nights: 3,
    mostOfDump: 0.2,
    change: ({ name }, night) => [touch(name, `${hashOf('id', night)} % 10000 = 0`)],
  },
  {
    name: '1% at random',
    nights: NIGHTS,
    mostOfDump: 0.3,
    change: ({ name }, night) => [touch(name, `${hashOf('id', night)} % 100 = 0`)],
  },
  {
    name: '1% in one place',
    nights: NIGHTS,
    mostOfDump: 0.4,
    change({ name, blocks }, night) {
      const from = Math.floor(blocks * ((night * 0.37) % 0.9));
      const to = from + Math.max(1, Math.floor(blocks / 100));
      return [touch(name, `ctid >= '(${from},0)' AND ctid < '(${to},0)'`)];
    },
  },
  {
    name: '1% inserted',
    nights: NIGHTS,
    mostOfDump: 0.4,
    change: ({ name, others }, night) => [
      `INSERT INTO plant.${name} (id, ${others}) SELECT gen_random_uuid(), ${others}
         FROM plant.${name} WHERE ${hashOf('id', night)} % 100 = 0`,
    ],
  },
  {
    name: '1% deleted',
    nights: NIGHTS,
    mostOfDump: 0.4,
    change: ({ name }, night) => [
      `DELETE FROM plant.${name} WHERE ${hashOf('id', night)} % 100 = 0`,
      `VACUUM plant.${name}`,
    ],
  },
];

function touch(table: string, where: string): string {
  return `UPDATE plant.${table} SET updated_at = updated_at + interval '1 second' WHERE ${where}`;
}

function hashOf(column: string, seed: number): string {
  return `abs(hashtextextended(${column}::text, ${seed}))`;
}

/**
 * Backs up a plant night after night by its row map, each kind of night many times in a row on one plant, side by side
 * with `pg_dump -Fd -j2 -Z1`. Prints the worst night of each kind, its ratio, and what it stored.
 */
export async function run(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-changes-'));
  const client = await connect(options.databaseUrl);
  const worker = startCreateWorker(options);
  try {
    await dropRules(client);
    const store = path.join(folder, 'store');
    const full = await worker.create({ store });
    options.log(`full: ${full.seconds.toFixed(2)} s, ${megabytes(full.storedBytes)} MB stored`);
    let peak = 0;
    for (const kind of kinds) {
      const begun = (await worker.create({ store: path.join(folder, `${kind.name}`) })) ?? full;
      const nights: BackupDone[] = [];
      const dumps = await pgDump(options, path.join(folder, 'dump'));
      for (let night = 0; night < kind.nights; night++) {
        for (const table of await workedTables(client))
          for (const sql of kind.change(table, night)) await client.query(sql);
        nights.push(await worker.create({ store: path.join(folder, kind.name), byMap: true }));
        if (night % 4 === 3) dumps.push(...(await pgDump(options, path.join(folder, 'dump'))));
      }
      peak = Math.max(peak, ...nights.map(({ peakRssBytes }) => peakRssBytes));
      report(options, kind, { begun, nights, dumps });
    }
    options.log(`memory of the process: ${megabytes(peak)} MB (at most 300)`);
  } finally {
    await worker.stop();
    await client.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Foreign keys and unique names would refuse what the bench does. No text of a row depends on them. */
async function dropRules(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('ALTER TABLE plant.%I DROP CONSTRAINT %I', c.relname, k.conname) AS sql
       FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
      WHERE c.relnamespace = 'plant'::regnamespace AND k.contype = 'f'
     UNION ALL
     SELECT format('DROP INDEX plant.%I', i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      WHERE i.relnamespace = 'plant'::regnamespace AND NOT x.indisprimary AND x.indisunique
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)`,
  );
  for (const { sql } of rows) await client.query(sql);
}

/** Tables that record their changes: all but a few rows of the plant are in them. */
async function workedTables(client: pg.Client): Promise<WorkedTable[]> {
  const { rows } = await client.query<WorkedTable>(
    `SELECT quote_ident(c.relname) AS name, (pg_relation_size(c.oid) / 8192)::int AS blocks,
            array_agg(quote_ident(a.attname) ORDER BY a.attnum) FILTER (WHERE a.attname <> 'id') AS others
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      WHERE c.relnamespace = 'plant'::regnamespace AND c.relkind = 'r'
      GROUP BY c.oid, c.relname HAVING count(*) FILTER (WHERE a.attname IN ('id', 'updated_at')) = 2`,
  );
  return rows;
}

interface Measured {
  readonly begun: BackupDone;
  readonly nights: readonly BackupDone[];
  readonly dumps: readonly number[];
}

function report({ log }: BenchOptions, kind: Kind, { begun, nights, dumps }: Measured): void {
  const seconds = nights.map((night) => night.seconds);
  const worst = Math.max(...seconds);
  const dump = median(dumps);
  const ratio = (value: number) => (value / dump).toFixed(2);
  const against =
    dumps.length === 0
      ? ''
      : ` = ${ratio(worst)} of pg_dump (${dump.toFixed(2)} s; median night ${ratio(median(seconds))}; at most ${kind.mostOfDump})`;
  log(`${kind.name}, ${kind.nights} nights: the worst ${worst.toFixed(2)} s${against}`);
  log(`  each: ${seconds.map((value) => value.toFixed(2)).join(' ')} s`);
  const stored = nights.map((night) => (100 * night.storedBytes) / begun.storedBytes);
  log(`  stored: ${stored.map((value) => value.toFixed(2)).join(' ')} % of a whole backup`);
  log(`  row map: ${megabytes(nights.at(-1)?.mapBytes)} MB`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function megabytes(bytes = 0): string {
  return (bytes / 1_000_000).toFixed(1);
}
