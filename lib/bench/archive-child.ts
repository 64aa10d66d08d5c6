/** Runs one step of the bench `archive` in its own process, so that its memory can be measured. */
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import pg from 'pg';
import { checkArchive } from '#engine/archive/read/check-archive.ts';
import { openFileSource } from '#engine/archive/read/source.ts';
import { makeHead } from '#engine/archive/write/head.ts';
import { openLayout } from '#engine/archive/write/layout.ts';
import { headName, openHeadWriter, openStoredHead } from '#engine/archive/write/stored-head.ts';
import { createBackup } from '#engine/backup/create.ts';
import { readManifest } from '#engine/backup/read.ts';
import type { Manifest } from '#engine/ports.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import { openFileStore } from '#plant/file-store.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { benchMetadata, connect } from './bench-backup.ts';
import { type Measured, serveStep } from './in-child.ts';

/** Input of each step; the server key is always the same. */
export type Step =
  | { kind: 'create'; databaseUrl: string; store: string; filesFolder: string }
  | { kind: 'head'; store: string; manifestObject: string }
  | { kind: 'read'; store: string; manifestObject: string; head: KeptHead; file: string }
  | { kind: 'check'; databaseUrl: string; store: string; file: string };

export interface KeptHead {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface StepDone extends Measured {
  /** Bytes of the COPY text or of the archive. */
  readonly bytes: number;
  readonly manifestObject?: string;
  readonly head?: KeptHead;
}

type Result = Pick<StepDone, 'bytes' | 'manifestObject' | 'head'>;

const keys = deriveKeys(Buffer.alloc(32, 1));
const signal = new AbortController().signal;
const report = () => {};

async function create({
  databaseUrl,
  store,
  filesFolder,
}: Step & { kind: 'create' }): Promise<Result> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const made = await createBackup({
    connect: () => connect(databaseUrl),
    schema: 'plant',
    store: await openDiskStore(store),
    reserveBytes: 0,
    keys,
    index: openChunkIndex(pool, randomUUID()),
    files: await openFileStore(filesFolder),
    previous: null,
    previousWithFiles: null,
    metadata: benchMetadata(keys.serverId),
    structure: [],
    fencingToken: 1n,
    report,
    signal,
  });
  await pool.end();
  return { bytes: made.tableBytes, manifestObject: made.manifestObject };
}

async function makeKeptHead({
  store: folder,
  manifestObject,
}: Step & { kind: 'head' }): Promise<Result> {
  const store = await openDiskStore(folder);
  const manifest = await readManifest(store, keys, manifestObject);
  const name = headName(manifest.metadata.backupId, 1n);
  const writer = openHeadWriter(store, keys, name);
  const sink = (piece: Buffer) => writer.write(piece);
  const { bytes, sha256 } = await makeHead({ store, keys, manifest, sink, report, signal });
  await writer.finish();
  return { bytes: tableBytes(manifest), head: { name, bytes, sha256 } };
}

async function readArchive(step: Step & { kind: 'read' }): Promise<Result> {
  const store = await openDiskStore(step.store);
  const manifest = await readManifest(store, keys, step.manifestObject);
  const head = openStoredHead(store, keys, step.head);
  const layout = await openLayout({
    manifest,
    head,
    keys,
    store,
    digested: false,
  });
  const out = await open(step.file, 'w');
  for await (const pieces of layout.read()) for (const piece of pieces) await out.write(piece);
  await out.close();
  return { bytes: layout.size };
}

async function check({ databaseUrl, store, file }: Step & { kind: 'check' }): Promise<Result> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  await using source = await openFileSource(file);
  await checkArchive({
    source,
    keys,
    store: await openDiskStore(store),
    index: openChunkIndex(pool, randomUUID()),
    announcedBytes: source.bytes,
    structure: [],
    previous: null,
    fencingToken: 1n,
    report,
    signal,
  });
  await pool.end();
  return { bytes: source.bytes };
}

function run(step: Step): Promise<Result> {
  switch (step.kind) {
    case 'create':
      return create(step);
    case 'head':
      return makeKeptHead(step);
    case 'read':
      return readArchive(step);
    case 'check':
      return check(step);
  }
}

function tableBytes(manifest: Manifest): number {
  return manifest.tables.reduce((sum, table) => sum + table.bytes, 0);
}

serveStep(run);
