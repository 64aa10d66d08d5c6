/** Stages a backup once per message for the bench `restore`, in its own process, so that its memory can be measured. */
import pg from 'pg';
import { readManifest } from '#engine/backup/read.ts';
import { CopySocket } from '#engine/memory/copy-socket.ts';
import { stageBackup } from '#engine/restore/stage.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';

export interface StageToDo {
  readonly databaseUrl: string;
  /** Folder. */
  readonly store: string;
  /** Hex. */
  readonly serverKey: string;
  readonly manifestObject: string;
  /** Schema to make. */
  readonly schema: string;
}

export interface StageDone {
  readonly seconds: number;
  readonly rows: number;
  /** Of COPY text. */
  readonly bytes: number;
  /** Peak of the process since it started. */
  readonly peakRssBytes: number;
}

async function stage(work: StageToDo): Promise<StageDone> {
  const { databaseUrl, schema } = work;
  const store = await openDiskStore(work.store);
  const keys = deriveKeys(Buffer.from(work.serverKey, 'hex'));
  const connect = async () => {
    const client = new pg.Client({ connectionString: databaseUrl, stream: () => new CopySocket() });
    await client.connect();
    return client;
  };
  const begun = performance.now();
  const manifest = await readManifest(store, keys, work.manifestObject);
  const staged = await stageBackup({
    connect,
    schema,
    manifest,
    store,
    keys,
    structure: await currentStructure('plant'),
    migrate: async (into, through) => void (await migrate(databaseUrl, 'plant', into, through)),
    report: () => {},
    signal: new AbortController().signal,
  });
  return {
    seconds: (performance.now() - begun) / 1000,
    rows: staged.tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: manifest.tables.reduce((sum, table) => sum + table.bytes, 0),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

process.on('message', async (work: StageToDo) => {
  process.send?.(await stage(work));
});
process.on('disconnect', () => process.exit(0)); // the schema engine leaves a timer of 10 seconds behind
