/** Makes one backup per message for the bench `create`, in its own process, so that its memory can be measured. */
import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { type CreatedBackup, createBackup } from '#engine/backup/create.ts';
import { CopySocket } from '#engine/memory/copy-socket.ts';
import { readRowMap } from '#engine/rowmap/row-map.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { openFileStore } from '#plant/file-store.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { collectInOneGo } from '#worker/whole-collections.ts';

export interface BackupToDo {
  /** Folder of the store; its first backup is full, later ones build on the one before. */
  readonly store: string;
  readonly withFiles?: boolean;
  /** Reads by the row map of the backup before, as a night does. */
  readonly byMap?: boolean;
}

export interface BackupDone {
  readonly seconds: number;
  readonly rows: number;
  readonly tableBytes: number;
  readonly storedBytes: number;
  /** Of the row map, which replaces the one before. */
  readonly mapBytes: number;
  readonly fileCount: number;
  readonly fileBytes: number;
  /** Peak of the process since it started. */
  readonly peakRssBytes: number;
}

collectInOneGo();
const [databaseUrl = '', filesFolder = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl });
const keys = deriveKeys(randomBytes(32));
const last = new Map<string, CreatedBackup>();
let turn = 0;
let folder = '';

async function create({
  store,
  withFiles = false,
  byMap = false,
}: BackupToDo): Promise<BackupDone> {
  if (store !== folder) await pool.query('TRUNCATE vault.chunk, vault.chunk_pin');
  folder = store;
  const opened = await openDiskStore(store);
  const files = withFiles ? await openFileStore(filesFolder) : null;
  const before = last.get(store);
  const previous = before?.manifest ?? null;
  const begun = performance.now();
  const known = byMap && before ? await knownRows(opened, before) : null;
  const made = await createBackup({
    connect,
    schema: 'plant',
    store: opened,
    reserveBytes: 0,
    keys,
    index: openChunkIndex(pool, randomUUID()),
    files,
    previous,
    known,
    previousWithFiles: previous?.metadata.includesFiles ? previous : null,
    metadata: metadata(withFiles),
    structure: [],
    fencingToken: 1n,
    report: () => {},
    signal: new AbortController().signal,
  });
  const seconds = (performance.now() - begun) / 1000;
  last.set(store, made);
  if (byMap && before && made.reads.some(({ whole }) => whole)) throw new Error('Read whole');
  const { tableBytes, storedBytes, fileCount, fileBytes } = made;
  const rows = made.manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  const mapBytes = made.rowMap?.bytes ?? 0;
  return { seconds, rows, tableBytes, storedBytes, mapBytes, fileCount, fileBytes, peakRssBytes };
}

async function knownRows(store: ObjectStore, { manifest, rowMap }: CreatedBackup) {
  const map = rowMap && (await readRowMap(store, keys, rowMap.object));
  return map && { map, manifest, turn: turn++ };
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, stream: () => new CopySocket() });
  await client.connect();
  return client;
}

function metadata(includesFiles: boolean) {
  return {
    backupId: randomUUID(),
    serverId: keys.serverId,
    name: 'Bench',
    givenName: null,
    comment: '',
    author: { kind: 'PERSON' as const, id: null, name: 'bench' },
    kind: 'MANUAL' as const,
    createdAt: new Date().toISOString(),
    scheduledFor: null,
    includesFiles,
  };
}

process.on('message', async (work: BackupToDo) => {
  try {
    process.send?.(await create(work));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  }
});
process.on('disconnect', () => process.exit(0));
