import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArchiveManifest } from '#engine/archive/container/archive-manifest.ts';
import { checkArchive } from '#engine/archive/read/check-archive.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { type ErrorCode, errorText, isFiberkeepError, locales } from '#errors';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { sha256, sourceOf } from './archives.ts';
import { type BackupLab, openBackupLab } from './backups.ts';
import {
  archiveFrom,
  asJson,
  changedHeader,
  FILES,
  type RawEntry,
  rawEntry,
  soundManifest,
  soundParts,
} from './forged-archives.ts';

/**
 * Crafted archives, by what is wrong with them. Wrong contents are sealed with the server's own keys, so that
 * the checks after the seal must refuse them.
 */
export const keys = deriveKeys(Buffer.alloc(32, 7));
export const structure = soundManifest(keys).structure;

export type Case = readonly [what: string, make: () => Buffer | Promise<Buffer>];

let lab: BackupLab;
let token = 1n;

/** Call it first in a test file: it opens the server that everything here needs. */
export function setUpServer(): void {
  beforeAll(async () => {
    lab = await openBackupLab(Buffer.alloc(32, 7));
  });
  afterAll(() => lab[Symbol.asyncDispose]());
}

/** Checks the archive in a job of its own. `result` is the outcome, or what was thrown. */
export async function checkNow(bytes: Buffer, announcedBytes: number | null = null) {
  const jobId = await lab.startJob('TEST_BACKUP');
  const checking = checkArchive({
    source: sourceOf(bytes, 65_536),
    keys,
    store: lab.store,
    index: openChunkIndex(lab.pool, jobId),
    announcedBytes,
    structure,
    previous: null,
    fencingToken: token++,
    report: () => {},
    signal: new AbortController().signal,
  });
  return { jobId, result: await checking.catch((error: unknown) => error) };
}

/** Expects a refusal with this code, and that nothing counts: no manifest, no chunk marked as stored. */
export async function expectRefusal(
  code: ErrorCode,
  bytes: Buffer,
  announcedBytes: number | null = null,
) {
  const before = await manifests();
  const { jobId, result } = await checkNow(bytes, announcedBytes);
  if (!isFiberkeepError(result))
    throw result instanceof Error ? result : new Error('It was accepted');
  expect(result.code).toBe(code);
  for (const locale of locales)
    expect(errorText(result, locale)).toEqual({
      message: expect.stringMatching(/^\p{Lu}.*\.$/su),
      hint: expect.stringMatching(/./),
    });
  const { rowCount } = await lab.sql(
    `SELECT FROM vault.chunk WHERE job_id = $1 AND state = 'STORED'`,
    [jobId],
  );
  expect(rowCount).toBe(0);
  expect(await manifests()).toEqual(before);
}

async function manifests(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of lab.store.list('manifests/')) names.push(name);
  return names;
}

/** Makes a test of each case. */
export function refused(code: ErrorCode, cases: readonly Case[]): void {
  test.each(cases)(`%s: ${code}`, async (_what, make) => expectRefusal(code, await make()));
}

/** The places of the entries of a sound archive. */
export const [MANIFEST, LIST, POLE, SETTING, FIRST_FILE] = [0, 1, 2, 3, 4] as const;

/** A sound archive with changed entries. */
export function withEntries(
  change: (entries: RawEntry[]) => readonly RawEntry[],
): () => Promise<Buffer> {
  return () => {
    const parts = soundParts(keys);
    return archiveFrom({ ...parts, entries: change([...parts.entries]) });
  };
}

/** One entry changed. */
export function withEntry(
  at: number,
  change: (entry: RawEntry) => RawEntry,
): () => Promise<Buffer> {
  return withEntries((entries) => entries.map((entry, i) => (i === at ? change(entry) : entry)));
}

/** One field of one header changed. */
export const withHeader = (at: number, field: number, bytes: Buffer | string) =>
  withEntry(at, (entry) => ({ ...entry, header: changedHeader(entry.header, field, bytes) }));

/** A sound archive with a changed manifest.json, sealed with the rest. */
export function withManifest(
  change: (manifest: ArchiveManifest) => unknown,
): () => Promise<Buffer> {
  return () => archiveFrom(soundParts(keys, asJson(change(structuredClone(soundManifest(keys))))));
}

/** A sound archive with another list of files, correctly announced. */
export function withList(
  list: string,
  held = soundManifest(keys).files.held,
): () => Promise<Buffer> {
  return () => {
    const manifest = soundManifest(keys);
    const files = {
      ...manifest.files,
      held,
      list: { bytes: list.length, sha256: sha256(list) },
    };
    const parts = soundParts(keys, asJson({ ...manifest, files }));
    const entries = parts.entries.map((entry, i) =>
      i === LIST ? rawEntry('files.ndjson', list) : entry,
    );
    return archiveFrom({ ...parts, entries });
  };
}

/** An archive with these lines, entries in their order, and a manifest that agrees with them. */
export function withAnnouncedList(lines: readonly string[]): () => Promise<Buffer> {
  return () => {
    const files = lines.map((line) => JSON.parse(line) as { sha256: string; bytes: number });
    const held = { count: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    const list = { bytes: lines.join('').length, sha256: sha256(lines.join('')) };
    const digest = sha256(files.map((file) => `${file.sha256} ${file.bytes}\n`).join(''));
    const json = asJson({ ...soundManifest(keys), files: { ...held, digest, list, held } });
    const { entries, ...parts } = soundParts(keys, json);
    const inOrder = files.map((file) => FILES.find((bytes) => sha256(bytes) === file.sha256));
    return archiveFrom({
      ...parts,
      entries: [
        ...entries.slice(0, LIST),
        rawEntry('files.ndjson', lines.join('')),
        ...entries.slice(POLE, FIRST_FILE),
        ...inOrder.map((bytes = Buffer.alloc(0)) => rawEntry(`files/${sha256(bytes)}`, bytes)),
      ],
    });
  };
}
