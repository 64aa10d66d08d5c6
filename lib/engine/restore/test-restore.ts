import { createHash } from 'node:crypto';
import { FiberkeepError } from '#errors';
import { isMissing, readFileList } from '../backup/read.ts';
import { FilesSummary } from '../files/file-list.ts';
import type { FileContents } from '../ports.ts';
import { dropWithin } from '../postgres/side-schema.ts';
import { type FilesBack, putFilesBack } from './put-files-back.ts';
import { type StageRequest, stageBackup } from './stage.ts';

const DROP_TIMEOUT_MS = 10_000;

/** As for a stage; `schema` is `plant_test_<hex>`. */
export type TestRestoreRequest = StageRequest;

export interface TestedRestore {
  /** For the stage, and for reading every file of its posts. */
  readonly seconds: number;
  readonly tables: number;
  readonly rows: number;
  /** Read back whole. */
  readonly files: number;
}

/**
 * Tests a backup by doing what a restore does. It stages the tables in a schema of their own, compares rows and
 * digests, and builds and checks all keys. It reads back every file that the stage names. Then it drops the stage,
 * or leaves that to housekeeping. Touches nothing else. Throws what `stageBackup` and
 * `putFilesBack` throw, and TEST_FAILED where the posts' files are not those of the manifest.
 */
export async function testRestore(request: TestRestoreRequest): Promise<TestedRestore> {
  const began = performance.now();
  const staged = await stageBackup(request);
  try {
    const found = await readFiles(request);
    // Newer migrations may have changed which files the stage names.
    if (staged.migrationsRun.length === 0) await compareFiles(request, found);
    return {
      seconds: (performance.now() - began) / 1000,
      tables: staged.tables.length,
      rows: staged.tables.reduce((sum, table) => sum + table.rows, 0),
      files: found.written,
    };
  } finally {
    await dropWithin(request.connect, request.schema, DROP_TIMEOUT_MS).catch(() => {});
  }
}

/** Reads every file, as a restore on a machine without any of them would. */
function readFiles(request: TestRestoreRequest): Promise<FilesBack> {
  return putFilesBack({ ...request, files: nowhere });
}

/** Holds no file, and only compares contents with their digest. */
const nowhere: FileContents = {
  has: async () => false,
  asking: async () => async () => false,
  read: async function* () {},
  async write(sha256, bytes) {
    const hash = createHash('sha256');
    for await (const piece of bytes) hash.update(piece);
    if (hash.digest('hex') === sha256) return;
    throw new FiberkeepError('DIGEST_MISMATCH', {
      reason: 'fileBytesDiffer',
      params: { sha256 },
      hint: 'keepAnotherBackup',
    });
  },
};

/** The stage must name the files of the manifest, and lack only those that the manifest says are missing. */
async function compareFiles({ manifest, store, keys }: TestRestoreRequest, found: FilesBack) {
  const { count, digest } = manifest.files;
  const named = found.written + found.missing.count;
  if (named !== count)
    throw new FiberkeepError('TEST_FAILED', {
      reason: 'filesNamedDiffer',
      params: { announced: count, found: named },
    });
  if (!manifest.metadata.includesFiles) return;
  const summary = new FilesSummary();
  let held = 0;
  for await (const entry of readFileList(store, keys, manifest)) {
    summary.add(entry);
    if (!isMissing(entry)) held++;
  }
  if (summary.finish([]).digest !== digest)
    throw new FiberkeepError('TEST_FAILED', {
      reason: 'fileListUnlikeManifest',
      params: { sha256: digest },
    });
  if (found.written !== held)
    throw new FiberkeepError('TEST_FAILED', {
      reason: 'filesStoredDiffer',
      params: { announced: held, found: found.written },
    });
}
