import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readManifest, readTable } from '#engine/backup/read.ts';
import type { Manifest } from '#engine/ports.ts';
import { findDamage } from '#engine/restore/find-damage.ts';
import { deriveKeys, type ServerKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { openFileStore } from '#plant/file-store.ts';
import type { BenchOptions } from './bench.ts';
import { createOnce } from './restore.ts';

export const name = 'far';

/** What S3 takes to answer from another city. */
const ANSWER_MS = 40;

/**
 * Reads a backup, tables and files, from a store on the disk and from one that answers late: as a near one, with one
 * request at a time, and as the far one that it is.
 */
export async function run({ databaseUrl, filesFolder, log }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-far-'));
  try {
    const files = await openFileStore(filesFolder);
    const made = await createOnce(databaseUrl, folder, files);
    const keys = deriveKeys(Buffer.from(made.serverKey, 'hex'));
    const disk = await openDiskStore(folder);
    const manifest = await readManifest(disk, keys, made.manifestObject);
    const late = answeringLate(disk);
    for (const [what, read] of [
      ['tables', readTables],
      ['tables and files, read back', readBack],
    ] as const) {
      const near = await secondsOf(() => read(disk, keys, manifest));
      const one = await secondsOf(() => read(late, keys, manifest));
      const far = await secondsOf(() => read({ ...late, far: true }, keys, manifest));
      log(
        `far: ${what}: disk ${near.toFixed(2)} s; after ${ANSWER_MS} ms an object: one by one ${one.toFixed(2)} s, ` +
          `several under way ${far.toFixed(2)} s (${(far / one).toFixed(2)})`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function answeringLate(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async get(name) {
      await sleep(ANSWER_MS);
      return store.get(name);
    },
  };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

async function readTables(store: ObjectStore, keys: ServerKeys, manifest: Manifest): Promise<void> {
  for (const table of manifest.tables) for await (const _ of readTable(store, keys, table));
}

async function readBack(store: ObjectStore, keys: ServerKeys, manifest: Manifest): Promise<void> {
  const { signal } = new AbortController();
  const { problems } = await findDamage({ store, keys, manifest, report: () => {}, signal });
  if (problems.length > 0) throw new Error(`The backup does not read back: ${problems[0]?.name}`);
}
