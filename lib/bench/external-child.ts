/** Runs one step of the bench `external` in its own process, so that its memory can be measured. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import pg from 'pg';
import { createBackup } from '#engine/backup/create.ts';
import { readManifest, readTable } from '#engine/backup/read.ts';
import { fetchBackup } from '#engine/external/fetch.ts';
import { forEachOf } from '#engine/external/for-each-of.ts';
import { type Inventory, sendBackup } from '#engine/external/send.ts';
import type { ChunkIndex } from '#engine/ports.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import { openPlace } from '#engine/store/open-place.ts';
import type { S3Access } from '#engine/store/place-access.ts';
import { openFileStore } from '#plant/file-store.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { benchMetadata, connect } from './bench-backup.ts';
import { type Measured, serveStep } from './in-child.ts';

/** Input of each step; the server key is always the same. */
export type Step =
  | {
      kind: 'create';
      databaseUrl: string;
      store: string;
      filesFolder: string;
      previous: string | null;
    }
  | { kind: 'export'; store: string; manifestObject: string; folder: string }
  | { kind: 'send'; store: string; manifestObject: string; access: S3Access; known: string[] }
  | { kind: 'fetch'; store: string; manifestObject: string; access: S3Access }
  | { kind: 'put'; store: string; access: S3Access }
  | { kind: 'get'; access: S3Access };

export interface StepDone extends Measured {
  readonly bytes: number;
  readonly manifestObject?: string;
  /** Names that lie in the place. */
  readonly known?: string[];
}

type Result = Pick<StepDone, 'bytes' | 'manifestObject' | 'known'>;

const AT_ONCE = 8;
const keys = deriveKeys(Buffer.alloc(32, 1));
const { signal } = new AbortController();
const report = () => {};

async function create(step: Step & { kind: 'create' }): Promise<Result> {
  const pool = new pg.Pool({ connectionString: step.databaseUrl });
  const store = await openDiskStore(step.store);
  const previous = step.previous && (await readManifest(store, keys, step.previous));
  const made = await createBackup({
    connect: () => connect(step.databaseUrl),
    schema: 'plant',
    store,
    reserveBytes: 0,
    keys,
    index: openChunkIndex(pool, randomUUID()),
    files: await openFileStore(step.filesFolder),
    previous: previous || null,
    previousWithFiles: previous || null,
    metadata: benchMetadata(keys.serverId),
    structure: [],
    fencingToken: 1n,
    report,
    signal,
  });
  await pool.end();
  return { bytes: made.storedBytes, manifestObject: made.manifestObject };
}

/** The tables as other programs see them: text in files. */
async function exportTables(step: Step & { kind: 'export' }): Promise<Result> {
  const store = await openDiskStore(step.store);
  const { tables } = await readManifest(store, keys, step.manifestObject);
  await mkdir(step.folder, { recursive: true });
  for (const table of tables)
    await pipeline(
      Readable.from(readTable(store, keys, table)),
      createWriteStream(path.join(step.folder, table.name)),
    );
  return { bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function send(step: Step & { kind: 'send' }): Promise<Result> {
  const store = await openDiskStore(step.store);
  const known = new Set(step.known);
  const inventory: Inventory = {
    enter: async (names) => names.filter((name) => !known.has(name)),
    placed: async (objects) => {
      for (const { name } of objects) known.add(name);
    },
    lockedLess: async () => [],
    locked: async () => {},
    inClass: async () => [],
  };
  await using place = await openPlace(step.access);
  const { bytes } = await sendBackup({
    manifest: await readManifest(store, keys, step.manifestObject),
    manifestObject: step.manifestObject,
    store,
    keys,
    place,
    inventory,
    lock: null,
    storageClass: null,
    pace: async () => {},
    assertOwned: async () => {},
    report,
    signal,
  });
  return { bytes, known: [...known] };
}

async function fetchAll(step: Step & { kind: 'fetch' }): Promise<Result> {
  await using place = await openPlace(step.access);
  const everything: ChunkIndex = {
    adopt: async (refs) => refs,
    confirm: async () => {},
    reserve: async () => [],
    pin: async () => [],
    distrust: async () => {},
  };
  const store = await openDiskStore(step.store);
  const { manifestObject } = step;
  const request = { place, manifestObject, store, keys, index: everything, report, signal };
  return { bytes: (await fetchBackup(request)).storedBytes };
}

/** What the SDK does with the same bytes, and nothing else. */
async function put({ store, access }: Step & { kind: 'put' }): Promise<Result> {
  const client = clientOf(access);
  const found = await readdir(store, { recursive: true, withFileTypes: true });
  const files = found
    .filter((one) => one.isFile())
    .map((one) => path.join(one.parentPath, one.name));
  let sent = 0;
  const one = async (file: string) => {
    const Body = await readFile(file);
    const Key = `${access.prefix}/${path.relative(store, file)}`;
    await client.send(new PutObjectCommand({ Bucket: access.bucket, Key, Body }));
    sent += Body.length;
  };
  await forEachOf(files, AT_ONCE, one, signal);
  return { bytes: sent };
}

async function get({ access }: Step & { kind: 'get' }): Promise<Result> {
  const client = clientOf(access);
  const names: string[] = [];
  for (let token: string | undefined; ; ) {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: access.bucket,
        Prefix: `${access.prefix}/`,
        ...(token && { ContinuationToken: token }),
      }),
    );
    for (const { Key } of page.Contents ?? []) if (Key) names.push(Key);
    token = page.NextContinuationToken;
    if (!token) break;
  }
  let got = 0;
  const one = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: access.bucket, Key }));
    got += (await Body?.transformToByteArray())?.length ?? 0;
  };
  await forEachOf(names, AT_ONCE, one, signal);
  return { bytes: got };
}

function clientOf({ endpoint, region, credentials }: S3Access): S3Client {
  return new S3Client({
    endpoint: endpoint ?? '',
    region,
    forcePathStyle: true,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

function run(step: Step): Promise<Result> {
  switch (step.kind) {
    case 'create':
      return create(step);
    case 'export':
      return exportTables(step);
    case 'send':
      return send(step);
    case 'fetch':
      return fetchAll(step);
    case 'put':
      return put(step);
    case 'get':
      return get(step);
  }
}

serveStep(run);
