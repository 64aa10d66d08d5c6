import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenArchive, openArchive } from '#services/downloads/open-archive.ts';
import { localActor, permit } from '#services/permit.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';

/** Several stretches, so that two threads take turns. */
const FILE_BYTES = 40_000_000;

let lab: TransferLab;
let archive: OpenArchive;
let whole: Buffer;

beforeAll(async () => {
  lab = await openTransferLab();
  await lab.addFile(FILE_BYTES);
  const backup = await lab.createBackup('Large');
  const mayDownload = await permit(lab.server, localActor('Ana'), 'backup.download');
  const options = { waitMs: 50_000, signal: new AbortController().signal };
  archive = await openArchive(lab.server, mayDownload, backup.id, options);
  whole = await bytes(0, archive.size);
});
afterAll(async () => {
  await archive[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

/** Copies each piece, because its memory is used again. */
async function bytes(start: number, end: number, signal = new AbortController().signal) {
  const pieces: Buffer[] = [];
  for await (const piece of archive.read(start, end, signal)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const edge = 16 * 1024 * 1024;

test.each([
  ['nothing', 5, 5],
  ['one byte', 5, 6],
  ['up to an edge between two threads', edge - 1000, edge],
  ['from such an edge on', edge, edge + 1000],
  ['across such an edge', edge - 700_000, edge + 700_000],
  ['across two of them', edge - 1, 2 * edge + 1],
])('%s is that slice of the whole', async (_what, start, end) => {
  expect((await bytes(start, end)).equals(whole.subarray(start, end))).toBe(true);
});

test('many downloads at once each get their own bytes', async () => {
  const starts = Array.from({ length: 8 }, (_, n) => n * 1_234_567);
  const same = starts.map(async (start) =>
    (await bytes(start, archive.size)).equals(whole.subarray(start)),
  );
  expect(await Promise.all(same)).toEqual(starts.map(() => true));
});

test('threads that die fail what they read, and start anew', async () => {
  // The first one began alone: so much was read ahead that it may not fail.
  const [first, ...others] = [0, 1, 2, 3].map((start) =>
    archive.read(start, archive.size, new AbortController().signal)[Symbol.asyncIterator](),
  );
  for (const one of [first, ...others]) expect((await one?.next())?.done).toBe(false);
  lab.server.archiveThreads?.end();
  await first?.return?.();
  const rest = others.map(async (one) => {
    while (!(await one.next()).done);
  });
  const ended = await Promise.allSettled(rest);
  expect(ended.map(({ status }) => status)).toEqual(others.map(() => 'rejected'));
  expect(ended[0]).toMatchObject({ reason: { code: 'INTERNAL' } });
  expect((await bytes(0, archive.size)).equals(whole)).toBe(true);
});

test('a reader that stops, before the thread begins or at any piece, gets the reason and blocks nobody', async () => {
  lab.server.archiveThreads?.end();
  const reason = new Error('gone');
  await expect(bytes(0, archive.size, AbortSignal.abort(reason))).rejects.toBe(reason);
  for (let pieces = 0; pieces < 5; pieces++) {
    const stop = new AbortController();
    const reading = archive.read(0, archive.size, stop.signal)[Symbol.asyncIterator]();
    const first = reading.next();
    if (pieces === 0) stop.abort(reason);
    else await first;
    for (let n = 1; n < pieces; n++) await reading.next();
    stop.abort(reason);
    const rest = async () => {
      await first;
      while (!(await reading.next()).done);
    };
    await expect(rest()).rejects.toBe(reason);
  }
  expect((await bytes(0, archive.size)).equals(whole)).toBe(true);
});

test('a reader that reads no further returns its memory and leaves the threads to others', async () => {
  for (let n = 0; n < 5; n++)
    for await (const piece of archive.read(n, archive.size, new AbortController().signal)) {
      expect(piece.equals(whole.subarray(n, n + piece.length))).toBe(true);
      break;
    }
  expect((await bytes(0, archive.size)).equals(whole)).toBe(true);
});
