import { randomBytes } from 'node:crypto';
import { describe, test } from 'vitest';
import { isFiberkeepError } from '#errors';
import { sha256 } from '#testing/archives.ts';
import {
  archiveFrom,
  asJson,
  gzipOf,
  sealed,
  soundManifest,
  soundParts,
  tarOf,
} from '#testing/forged-archives.ts';
import { checkNow, keys, setUpServer } from '#testing/refusals.ts';

setUpServer();

const sound = await archiveFrom(soundParts(keys));
const headerEnd = sound.indexOf('\n--- ') + '\n--- '.length + 43 + 1;

/** LARGER_THAN_ANNOUNCED is 413, every other refusal 422. */
const REFUSED: readonly number[] = [413, 422];

/** The bytes with a random mutation. */
function mutated(bytes: Buffer): Buffer {
  const at = () => Math.floor(Math.random() * bytes.length);
  const [one, other] = [at(), at()].sort((a, b) => a - b) as [number, number];
  const copy = Buffer.from(bytes);
  switch (Math.floor(Math.random() * 7)) {
    case 0:
      copy[one] = (copy[one] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
      return copy;
    case 1:
      return copy.subarray(0, one);
    case 2:
      return Buffer.concat([copy.subarray(0, one), copy.subarray(other)]);
    case 3:
      return Buffer.concat([
        copy.subarray(0, one),
        randomBytes(1 + (other % 40)),
        copy.subarray(one),
      ]);
    case 4:
      return Buffer.concat([copy.subarray(0, other), copy.subarray(one)]);
    case 5:
      randomBytes(Math.min(64, copy.length - one)).copy(copy, one);
      return copy;
    default:
      return Buffer.concat([copy, randomBytes(1 + (one % 70_000))]);
  }
}

describe('mutations at random', () => {
  const rounds = Number(process.env.ARCHIVE_MUTATIONS ?? 500);

  test(`${rounds / 2} of the file are refused, and none crashes`, async () => {
    for (let round = 0; round < rounds / 2; round++) {
      // Half of them in the header, where there is most to parse.
      const header =
        round % 2 === 0 ? mutated(sound.subarray(0, headerEnd)) : sound.subarray(0, headerEnd);
      const bytes =
        round % 2 === 0 ? Buffer.concat([header, sound.subarray(headerEnd)]) : mutated(sound);
      if (bytes.equals(sound)) continue;
      await expectMutationRefused(bytes);
    }
  }, 600_000);

  test(`${rounds / 2} of the sealed contents are refused, and none crashes`, async () => {
    const parts = soundParts(keys);
    const [tar, gzip] = [tarOf(parts), await gzipOf(tarOf(parts))];
    for (let round = 0; round < rounds / 2; round++) {
      const [from, to] = [tar.subarray(0, 8192), tar.subarray(8192)];
      const plain = [
        async () => mutated(gzip),
        async () => gzipOf(Buffer.concat([mutated(from), to])),
        async () => gzipOf(mutated(tar)),
      ][round % 3];
      const changed = (await plain?.()) ?? gzip;
      if (!changed.equals(gzip)) await expectMutationRefused(sealed(parts, changed));
    }
  }, 600_000);

  test(`${rounds / 5} of a manifest, sealed with the rest, are refused, and none crashes`, async () => {
    const json = asJson(soundManifest(keys));
    for (let round = 0; round < rounds / 5; round++) {
      const changed = mutated(json);
      const parts = soundParts(keys, changed);
      if (isHarmless(json, changed)) continue;
      await expectMutationRefused(await archiveFrom(parts));
    }
  }, 600_000);
});

/** A name may well be another one: the server that sealed it said so. */
function isHarmless(json: Buffer, changed: Buffer): boolean {
  if (changed.equals(json)) return true;
  try {
    const { metadata, tables, ...rest } = JSON.parse(changed.toString());
    const columns = (t: { columns: unknown }[]) => t.map(({ columns: _, ...others }) => others);
    const genuine = soundManifest(keys);
    const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
    const { metadata: _m, tables: _t, ...genuineRest } = genuine;
    return same(rest, genuineRest) && same(columns(tables), columns([...genuine.tables]));
  } catch {
    return false;
  }
}

async function expectMutationRefused(bytes: Buffer): Promise<void> {
  const { result } = await checkNow(bytes);
  if (isFiberkeepError(result) && REFUSED.includes(result.status)) return;
  throw new Error(
    `Not refused as it should be: ${result instanceof Error ? result.stack : 'accepted'}; ${sha256(bytes)}`,
  );
}
