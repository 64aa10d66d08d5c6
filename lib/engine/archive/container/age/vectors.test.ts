import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import * as published from 'cctv-age';
import { describe, expect, test } from 'vitest';
import { isFiberkeepError } from '#errors';
import { BufferedReader } from '../buffered-reader.ts';
import { encodeHeader, macFits, readHeader } from './header.ts';
import {
  ciphertextSize,
  openSegments,
  PAYLOAD_NONCE_BYTES,
  payloadKey,
  SEGMENT_BYTES,
  sealSegment,
} from './stream.ts';
import { decodeIdentity, unwrapAsRecipient } from './x25519.ts';

/** The age project's own test vectors (C2SP CCTV) for the parts of age that archives use. */
interface Vector {
  readonly name: string;
  readonly expect: string;
  readonly identities: readonly Buffer[];
  readonly payload: string | undefined;
  readonly file: Buffer;
}

/** What archives do not use: ASCII armour, passphrases, post-quantum recipients. */
const OUT_OF_SCOPE = 33 + 25 + 18;

function readVector(name: string, bytes: Buffer) {
  const end = bytes.indexOf('\n\n');
  const fields = bytes
    .subarray(0, end)
    .toString()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]);
  const all = (key: string) => fields.filter(([k]) => k === key).map(([, value = '']) => value);
  const [said] = all('expect');
  const body = bytes.subarray(end + 2);
  return {
    name,
    expect: said ?? '',
    armored: all('armored').length > 0,
    passphrase: all('passphrase').length > 0,
    postQuantum: all('identity').some((text) => text.startsWith('AGE-SECRET-KEY-PQ-')),
    identities: all('identity').flatMap((text) => decodeIdentity(text) ?? []),
    payload: all('payload')[0],
    file: all('compressed')[0] === 'zlib' ? inflateSync(body) : body,
  };
}

const all = Object.entries(published)
  .filter(([name]) => name !== 'default')
  .map(([name, bytes]) => readVector(name, Buffer.from(bytes)));
const vectors = all.filter((v) => !v.armored && !v.passphrase && !v.postQuantum);
const foreign = all.filter((vector) => !vectors.includes(vector));

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The result in the vectors' words, and the SHA-256 of the plaintext that was yielded. */
async function decrypt(vector: Vector, pieceBytes: number) {
  const hash = createHash('sha256');
  const released = () => hash.copy().digest('hex');
  await using reader = new BufferedReader(inPieces(vector.file, pieceBytes));
  const opened = await openHeader(reader, vector.identities);
  if (typeof opened === 'string') return { result: opened, released: released() };
  const nonce = await reader.read(PAYLOAD_NONCE_BYTES);
  if (nonce.length < PAYLOAD_NONCE_BYTES) return { result: 'header failure', released: released() };
  const failed = await (async () => {
    for await (const plain of openSegments(payloadKey(opened.fileKey, nonce), reader))
      hash.update(plain);
  })().catch(refusal);
  return { result: failed ? 'payload failure' : 'success', released: released() };
}

async function openHeader(reader: BufferedReader, identities: readonly Buffer[]) {
  try {
    const header = await readHeader(reader);
    const fileKey = identities
      .map((secret) => unwrapAsRecipient(header.stanzas, secret))
      .find((key) => key !== null);
    if (!fileKey) return 'no match';
    return macFits(header, fileKey) ? { header, fileKey } : 'HMAC failure';
  } catch (error) {
    refusal(error);
    return 'header failure';
  }
}

/** Any other error fails the test. */
function refusal(error: unknown): unknown {
  if (isFiberkeepError(error) && /^(NOT_AN_ARCHIVE|FORMAT_NEWER|ARCHIVE_)/.test(error.code))
    return error;
  throw error;
}

describe('the published age vectors', () => {
  test('are complete; those for parts of age that archives do not use are set apart', () => {
    expect(foreign.length).toBe(OUT_OF_SCOPE);
    expect(vectors.length).toBe(67);
  });

  test.each(vectors)('$name: $expect', async (vector) => {
    const sizes = [
      vector.file.length || 1,
      70_001,
      1000,
      ...(vector.file.length < 140_000 ? [1] : []),
    ];
    for (const size of sizes) {
      const { result, released } = await decrypt(vector, size);
      expect({ size, result }).toEqual({ size, result: vector.expect });
      if (vector.payload) expect(released).toBe(vector.payload);
    }
  });

  test.each(foreign)(
    '$name, which archives do not use, is refused and yields nothing',
    async (vector) => {
      for (const size of [vector.file.length || 1, 1000]) {
        const { result, released } = await decrypt(vector, size);
        expect(['no match', 'header failure']).toContain(result);
        expect(released).toBe(createHash('sha256').digest('hex'));
      }
    },
  );

  const whole = vectors.filter((vector) => vector.expect === 'success');

  test.each(whole)('$name is encoded to the same bytes again', async (vector) => {
    const reader = new BufferedReader(inPieces(vector.file, vector.file.length));
    const opened = await openHeader(reader, vector.identities);
    if (typeof opened === 'string') throw new Error(opened);
    const { header, fileKey } = opened;
    const again = [encodeHeader(header.stanzas, fileKey)];
    const nonce = await reader.read(PAYLOAD_NONCE_BYTES);
    again.push(nonce);
    const key = payloadKey(fileKey, nonce);
    const plain: Buffer[] = [];
    for await (const piece of openSegments(key, reader)) plain.push(piece);
    plain.forEach((piece, n) => {
      again.push(...sealSegment(key, n, n === plain.length - 1, piece));
    });
    expect(Buffer.concat(again).equals(vector.file)).toBe(true);
    const bytes = plain.reduce((sum, piece) => sum + piece.length, 0);
    expect(header.bytes + nonce.length + ciphertextSize(bytes)).toBe(vector.file.length);
    expect(plain.slice(0, -1).every((piece) => piece.length === SEGMENT_BYTES)).toBe(true);
  });
});
