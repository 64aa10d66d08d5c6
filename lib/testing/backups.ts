import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type CreatedBackup, createBackup } from '#engine/backup/create.ts';
import { readTable } from '#engine/backup/read.ts';
import type { CreateRequest } from '#engine/backup/request.ts';
import type { Manifest } from '#engine/ports.ts';
import { applyCopySettings } from '#engine/postgres/settings.ts';
import { qualified } from '#engine/postgres/snapshot.ts';
import { deriveKeys, type ServerKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { openTestDatabase } from './database.ts';

/** A migrated database, a store on disk and keys: all that the engine needs, for one test file. */
export interface BackupLab extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly folder: string;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  /** Runs SQL as the plant's owner. */
  sql(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  connect(): Promise<pg.Client>;
  /** Makes a backup of schema `plant` in a job of its own, RUNNING unless `ended`. */
  create(options?: Partial<CreateRequest> & { jobId?: string }): Promise<CreatedBackup>;
  /** Puts the backup into the catalogue as its job's commit does. */
  keep(backup: CreatedBackup): Promise<void>;
  startJob(kind?: string): Promise<string>;
  endJob(jobId: string, status?: 'SUCCEEDED' | 'FAILED'): Promise<void>;
  /** SHA-256 (hex) of each table's COPY text as the backup gives it back. */
  digests(manifest: Manifest): Promise<Record<string, string>>;
}

/** `serverKey`: of the server that the lab plays; a random one by default. */
export async function openBackupLab(serverKey: Buffer = randomBytes(32)): Promise<BackupLab> {
  const database = await openTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 6 });
  pool.on('error', () => {});
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-lab-'));
  const store = await openDiskStore(path.join(folder, 'vault'));
  const keys = deriveKeys(serverKey);
  const startJob = (kind = 'CREATE_BACKUP') => insertJob(pool, kind);
  const jobs = new Map<string, string>();

  async function create(options: Partial<CreateRequest> & { jobId?: string } = {}) {
    const { jobId = await startJob(), ...request } = options;
    const made = { connect: database.connect, store, keys, index: openChunkIndex(pool, jobId) };
    const created = await createBackup({ ...made, ...defaultsOf(keys, request), ...request });
    jobs.set(created.manifestObject, jobId);
    return created;
  }

  return {
    url: database.url,
    pool,
    folder,
    store,
    keys,
    sql: (text, values) => pool.query(text, values),
    connect: database.connect,
    create,
    keep: (backup) => insertBackup(pool, backup, jobs.get(backup.manifestObject) ?? null),
    startJob,
    async endJob(jobId, status = 'SUCCEEDED') {
      const sql = 'UPDATE vault.job SET status = $2, ended_at = now() WHERE id = $1';
      await pool.query(sql, [jobId, status]);
    },
    digests: (manifest) => digestsOf(store, keys, manifest),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A job that runs; returns its id. */
async function insertJob(pool: pg.Pool, kind: string): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO vault.job (id, kind, status, input, requested_by_kind, requested_by_name, started_at)
     VALUES ($1, $2, 'RUNNING', '{}', 'PERSON', 'test', now())`,
    [id, kind],
  );
  return id;
}

function defaultsOf(keys: ServerKeys, request: Partial<CreateRequest>) {
  return {
    schema: 'plant',
    reserveBytes: 0,
    files: null,
    previous: null,
    previousWithFiles: null,
    metadata: metadataOf(keys, Boolean(request.files)),
    structure: [],
    fencingToken: 1n,
    report: () => {},
    signal: new AbortController().signal,
  };
}

async function digestsOf(store: ObjectStore, keys: ServerKeys, manifest: Manifest) {
  const found: Record<string, string> = {};
  for (const table of manifest.tables) {
    const hash = createHash('sha256');
    for await (const piece of readTable(store, keys, table)) hash.update(piece);
    found[table.name] = hash.digest('hex');
  }
  return found;
}

function metadataOf(keys: ServerKeys, includesFiles: boolean) {
  return {
    backupId: randomUUID(),
    serverId: keys.serverId,
    name: 'A backup',
    givenName: null,
    comment: '',
    author: { kind: 'PERSON' as const, id: null, name: 'test' },
    kind: 'MANUAL' as const,
    createdAt: new Date().toISOString(),
    scheduledFor: null,
    includesFiles,
  };
}

async function insertBackup(pool: pg.Pool, backup: CreatedBackup, jobId: string | null) {
  const { metadata, tables } = backup.manifest;
  await pool.query(
    `INSERT INTO vault.backup (id, name, author_kind, author_name, kind, created_at, includes_files, file_count, file_bytes,
       table_bytes, archive_size, stored_size, tables, structure, manifest_object, manifest_sha256, job_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, '[]', $13, $14, $15)`,
    [
      metadata.backupId,
      metadata.name,
      metadata.author.kind,
      metadata.author.name,
      metadata.kind,
      metadata.createdAt,
      metadata.includesFiles,
      backup.fileCount,
      backup.fileBytes,
      backup.tableBytes,
      backup.storedBytes,
      JSON.stringify(tables.map(({ name, rows }) => ({ name, rows }))),
      backup.manifestObject,
      backup.manifestSha256,
      jobId,
    ],
  );
}

/** SHA-256 (hex) of a table's COPY text by way of pg's own parser, row by row: an oracle for the engine. */
export async function copyDigest(client: pg.Client, schema: string, table: string) {
  const hash = createHash('sha256');
  const take = (message: { chunk: Buffer }) => hash.update(message.chunk);
  await applyCopySettings(client);
  client.connection.on('copyData', take);
  await client.query(`COPY ${qualified(schema, table)} TO STDOUT`);
  client.connection.removeListener('copyData', take);
  return hash.digest('hex');
}
