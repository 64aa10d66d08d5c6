import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { migrate } from '../../prisma/migrate.ts';
import { copyIn } from '../engine/postgres/copy-in.ts';
import { openFileStore } from '../plant/file-store.ts';
import { generateSample, type SampleSize } from '../plant/sample/index.ts';

/** One sample plant, made once; every bench works on a copy of its own. */
export interface Plants extends AsyncDisposable {
  readonly rows: number;
  /** Contents of the posts' files, as `openFileStore` takes it. */
  readonly filesFolder: string;
  /** Address of a fresh copy; it goes with the plants. */
  copy(): Promise<string>;
}

/** Makes the plant on the server that `url` names, whose role may create databases. */
export async function makePlants(url: string, folder: string, size: SampleSize): Promise<Plants> {
  const mark = randomBytes(4).toString('hex');
  const made: string[] = [];
  const create = async (name: string, template: string) => {
    await onServer(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
    made.unshift(name);
    return Object.assign(new URL(url), { pathname: `/${name}` }).toString();
  };
  const original = `bench_${mark}`;
  const filesFolder = path.join(folder, 'files');
  const address = await create(original, 'template0');
  const { rows } = await fill(address, filesFolder, size);
  let copies = 0;
  return {
    rows,
    filesFolder,
    copy: () => create(`${original}_${++copies}`, original),
    async [Symbol.asyncDispose]() {
      for (const name of made) await onServer(url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function fill(url: string, filesFolder: string, size: SampleSize) {
  await migrate(url, 'vault');
  await migrate(url, 'plant');
  const loaded = await generateSample({
    connect: () => connect(url),
    copyIn,
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
