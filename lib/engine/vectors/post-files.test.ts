import { expect, test } from 'vitest';
import {
  contentOfHead,
  headObject,
  linkObject,
  openHead,
  openPiece,
  pieceObject,
  sealHead,
  sealPiece,
  writingOf,
} from '../files/content-objects.ts';
import { deriveKeys } from '../sealing/keys.ts';
import archive from './archive.json' with { type: 'json' };
import vectors from './post-files.json' with { type: 'json' };

/** The published vectors of "Files of posts" (FORMAT.md). */
const keys = deriveKeys(Buffer.from(archive.serverKey, 'hex'));
const fromHex = (digits: string) => Buffer.from(digits, 'hex');

test.each(vectors)('the head of $sha256 lies where it says, and opens', ({ sha256, ...vector }) => {
  expect(headObject(keys, sha256)).toBe(vector.object);
  expect(contentOfHead(keys, vector.object)).toBe(sha256);
  const { id, bytes } = vector;
  const head =
    id === undefined || bytes === undefined
      ? { kind: 'whole' as const, content: fromHex(vector.plain) }
      : { kind: 'pieces' as const, id, bytes };
  expect(openHead(keys, sha256, fromHex(vector.sealed))).toEqual(head);
  const again = sealHead(keys, sha256, head);
  expect(again.length).toBe(vector.sealed.length / 2);
  expect(openHead(keys, sha256, again)).toEqual(head);
});

test('a piece opens as itself alone, and its link leads to the head', () => {
  const { sha256, object, link, piece, id = '' } = vectors[1] ?? {};
  if (!sha256 || !piece || !link || !object) throw new Error('There is no such vector');
  const plain = fromHex(piece.plain);
  expect(pieceObject(id, 1)).toBe(piece.object);
  expect(linkObject(id, object)).toBe(link);
  expect(writingOf(link)).toEqual({ id, head: object, piece: null });
  expect(writingOf(piece.object)).toEqual({ id, head: null, piece: 1 });
  const asked = { sha256, id, piece: 1, bytes: plain.length };
  for (const sealed of [fromHex(piece.sealed), sealPiece(keys, id, 1, plain)]) {
    expect(openPiece(keys, asked, sealed)).toEqual(plain);
    for (const other of [{ piece: 0 }, { id: id.replace('f1', 'f2') }, { bytes: 4 }])
      expect(() => openPiece(keys, { ...asked, ...other }, sealed)).toThrow(/damaged/);
  }
});
