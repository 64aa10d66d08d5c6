import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { copyIn } from '#engine/postgres/copy-in.ts';
import { openFileStore } from '#plant/file-store.ts';
import { generateSample, type SampleSize } from '#plant/sample/index.ts';
import { migrate } from '#prisma/migrate.ts';
import { inTransaction } from '#vault/transaction.ts';
import { createDatabase } from './database.ts';

/** A sample plant, made once; every bench works on its own copy. */
export interface Plants {
  readonly rows: number;
  /** Contents of the posts' files, as `openFileStore` takes it. */
  readonly filesFolder: string;
  /** URL of a fresh copy. */
  copy(): Promise<string>;
}

/** Makes the plant on the server of `url`, whose role needs CREATEDB; `dropDatabases` drops it. */
export async function makePlants(url: string, folder: string, size: SampleSize): Promise<Plants> {
  const original = `bench_${randomBytes(4).toString('hex')}`;
  const filesFolder = path.join(folder, 'files');
  const address = await createDatabase(url, original, 'template0');
  const { rows } = await fill(address, filesFolder, size);
  let copies = 0;
  return {
    rows,
    filesFolder,
    copy: () => createDatabase(url, `${original}_${++copies}`, original),
  };
}

async function fill(url: string, filesFolder: string, size: SampleSize) {
  await migrate(url, 'vault');
  await migrate(url, 'plant');
  const loaded = await generateSample({
    connect: () => connect(url),
    copyIn,
    inTransaction,
    schema: 'plant',
    files: await openFileStore(filesFolder),
    size,
    createdById: null,
    report: () => {},
    signal: new AbortController().signal,
  });
  await onServer(url, 'VACUUM (ANALYZE, FREEZE)');
  await onServer(url, 'CHECKPOINT').catch(() => {}); // PostgreSQL lets only some roles do that
  return loaded;
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
