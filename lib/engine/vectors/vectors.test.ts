import { createCipheriv, createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inPieces, readLayout, sourceOf } from '#testing/archives.ts';
import { encodeIdentity, encodeRecipient } from '../archive/container/age/x25519.ts';
import { tableEntry } from '../archive/container/archive-manifest.ts';
import { BufferedReader } from '../archive/container/buffered-reader.ts';
import { deflatedMember, readMembers, storedMember } from '../archive/container/gzip.ts';
import { tarHeader } from '../archive/container/tar.ts';
import { readArchive } from '../archive/read/read-archive.ts';
import { makeHead } from '../archive/write/head.ts';
import { openLayout } from '../archive/write/layout.ts';
import { openHeadWriter, openStoredHead, putSums, readSums } from '../archive/write/stored-head.ts';
import { decodeManifest, encodeManifest, openManifest, sealManifest } from '../backup/manifest.ts';
import { readFileList, readTable } from '../backup/read.ts';
import { chunkId, chunkObject, openChunk, openChunkPieces, sealChunk } from '../chunks/chunk.ts';
import { decompress } from '../chunks/codec.ts';
import { ByteReader, ByteWriter } from '../encoding.ts';
import { openCutter } from '../files/cut.ts';
import { decodeFileEntries, encodeFileEntries } from '../files/file-list.ts';
import type { ChunkCodec, ChunkRef } from '../ports.ts';
import { decodeRopePiece, encodeRopePiece } from '../rope/rope.ts';
import { ropeDigest } from '../rope/rope-reader.ts';
import { rowHashUnder } from '../rope/row-hash.ts';
import { blockOf, type PartRows, pointerOf } from '../rowmap/part.ts';
import { decodePart, encodePart, unpackPart } from '../rowmap/part-codec.ts';
import { decodeRowMap, encodeRowMap, readRowMap, sealRowMap } from '../rowmap/row-map.ts';
import { deriveKeys } from '../sealing/keys.ts';
import { encodeServerKey, parseServerKey } from '../sealing/server-key.ts';
import { xaesOpen, xaesSeal } from '../sealing/xaes.ts';
import archive from './archive.json' with { type: 'json' };
import chunks from './chunks.json' with { type: 'json' };
import containers from './containers.json' with { type: 'json' };
import fileLists from './file-lists.json' with { type: 'json' };
import hashes from './hashes.json' with { type: 'json' };
import heads from './heads.json' with { type: 'json' };
import { storeOf } from './held-store.ts';
import keyVectors from './keys.json' with { type: 'json' };
import manifest from './manifest.json' with { type: 'json' };
import numbers from './numbers.json' with { type: 'json' };
import ropes from './ropes.json' with { type: 'json' };
import rowMaps from './row-maps.json' with { type: 'json' };
import storeVector from './store.json' with { type: 'json' };

/** The published vectors of FORMAT.md, read and written by the engine. */
const keys = deriveKeys(fromHex(archive.serverKey));
const NONCE_BYTES = 24;
const signal = new AbortController().signal;

function fromHex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

function fromBase64(digits: string): Buffer {
  return Buffer.from(digits, 'base64');
}

interface WrittenRef {
  readonly id: string;
  readonly generation: number;
  readonly codec: string;
  readonly plainBytes: number;
}

function refOf({ id, generation, codec, plainBytes }: WrittenRef): ChunkRef {
  return { id, generation: BigInt(generation), codec: codec as ChunkCodec, plainBytes };
}

const store = () =>
  storeOf(
    Object.fromEntries(
      Object.entries(storeVector).map(([name, bytes]) => [name, fromBase64(bytes)]),
    ),
  );

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/**
 * What a writer sealed under a nonce of its own, sealed again under the nonce of the vector: the same bytes, if
 * header, additional data and plaintext are.
 */
function underNonceOf(
  vector: { sealed: string; nonce: string },
  key: Buffer,
  written: Buffer,
  context: Buffer,
): Buffer {
  const nonceAt = fromHex(vector.sealed).indexOf(fromHex(vector.nonce));
  const header = written.subarray(0, nonceAt);
  const drawn = written.subarray(nonceAt, nonceAt + NONCE_BYTES);
  const additional = Buffer.concat([header, context]);
  const plain = xaesOpen(key, drawn, written.subarray(nonceAt + NONCE_BYTES), additional);
  if (!plain) throw new Error('What was sealed does not open');
  const nonce = fromHex(vector.nonce);
  return Buffer.concat([header, nonce, ...xaesSeal(key, nonce, plain, additional)]);
}

describe('keys', () => {
  test.each(keyVectors)('of $text', (vector) => {
    const serverKey = fromHex(vector.serverKey);
    const { serverId, ...derived } = deriveKeys(serverKey);
    expect(serverId).toBe(vector.serverId);
    const hex = Object.entries(derived).map(([name, key]) => [name, key.toString('hex')]);
    expect(Object.fromEntries(hex)).toEqual(vector.keys);
    expect(encodeServerKey(serverKey)).toBe(vector.text);
    expect(parseServerKey(vector.text)).toEqual(serverKey);
    expect(encodeIdentity(derived.recovery)).toBe(vector.identity);
    expect(encodeRecipient(derived.recovery)).toBe(vector.recipient);
  });
});

describe('a chunk', () => {
  test.each(chunks)('$object opens whole and in pieces', async (vector) => {
    const ref = refOf(vector.ref);
    const plain = fromHex(vector.plain);
    const sealed = fromHex(vector.sealed);
    expect(chunkObject(ref)).toBe(vector.object);
    expect(await openChunk(keys, ref, Buffer.from(sealed))).toEqual(plain);
    for (const pieceBytes of [1, 7, 1000]) {
      const options = { proof: 'id' as const, pieceBytes };
      const pieces = await openChunkPieces(keys, ref, Buffer.from(sealed), options);
      expect(Buffer.concat(pieces)).toEqual(plain);
    }
  });

  test.each(chunks)('$object is written as published', async (vector) => {
    const ref = refOf(vector.ref);
    const plain = fromHex(vector.plain);
    expect(chunkId(keys, plain)).toBe(vector.ref.id);
    expect(await decompress(ref.codec, fromHex(vector.packed), plain.length)).toEqual(plain);
    const written = await sealChunk(keys, ref, plain);
    const again = underNonceOf(vector, keys.chunkSeal, written, fromHex(ref.id));
    // What brotli gives may differ between its builds; what it opens to may not.
    if (ref.codec === 'none') expect(again).toEqual(fromHex(vector.sealed));
    else expect(await openChunk(keys, ref, again)).toEqual(plain);
  });
});

describe('numbers', () => {
  test.each(numbers.numbers)('$value', ({ value, encoded }) => {
    const out = new ByteWriter();
    out.number(value);
    expect(out.take().toString('hex')).toBe(encoded);
    expect(new ByteReader(fromHex(encoded)).number()).toBe(value);
  });

  test.each(numbers.signed)('$value, signed', ({ value, encoded }) => {
    const out = new ByteWriter();
    out.signed(value);
    expect(out.take().toString('hex')).toBe(encoded);
    expect(new ByteReader(fromHex(encoded)).signed()).toBe(value);
  });
});

test.each(ropes)('a piece of a rope of $ranges.length ranges', ({ chunks, ranges, encoded }) => {
  const piece = { chunks: chunks.map(refOf), ranges };
  expect(encodeRopePiece(piece).toString('hex')).toBe(encoded);
  expect(decodeRopePiece(fromHex(encoded))).toEqual(piece);
});

test.each(fileLists)('a list of $files.length files', ({ files, encoded }) => {
  const entries = files.map((file) => ({ ...file, chunks: file.chunks.map(refOf) }));
  expect(encodeFileEntries(entries).toString('hex')).toBe(encoded);
  expect(decodeFileEntries(fromHex(encoded))).toEqual(entries);
});

describe('hashes that a writer cuts by', () => {
  test.each(hashes.rowHashes)('of the row $row', ({ row, hash }) => {
    const bytes = Buffer.from(`before${row}`);
    expect(rowHashUnder(keys.rowHash)(bytes, 'before'.length, bytes.length)).toBe(hash);
  });

  test.each(hashes.cuts)('of a file of $bytes bytes', async ({ bytes, pieces }) => {
    const keystream = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
    const content = keystream.update(Buffer.alloc(bytes));
    const found: number[] = [];
    const source = inPieces(content, 100_001);
    for await (const piece of openCutter(keys.chunkId).cut(source)) found.push(piece.length);
    expect(found).toEqual(pieces);
  });
});

describe('a gzip member', () => {
  const read = (member: Buffer, size: number) =>
    gather(readMembers(new BufferedReader(inPieces(member, size))));

  test.each([...containers.stored, ...containers.deflated])(
    'of $plain is read whole, in pieces and byte by byte',
    async ({ plain, member }) => {
      const bytes = fromHex(member);
      expect(gunzipSync(bytes).toString('hex')).toBe(plain);
      for (const size of [bytes.length, 11, 1])
        expect((await read(bytes, size)).toString('hex')).toBe(plain);
    },
  );

  test.each(containers.stored)('of $plain is stored as published', ({ plain, member }) => {
    expect(Buffer.concat(storedMember([fromHex(plain)])).toString('hex')).toBe(member);
  });

  test.each(containers.deflated)('of $plain is deflated under that header', async (vector) => {
    const member = await deflatedMember(fromHex(vector.plain));
    expect(member.subarray(0, 16).toString('hex')).toBe(vector.member.slice(0, 32));
    expect(member.subarray(-8).toString('hex')).toBe(vector.member.slice(-16));
    expect(gunzipSync(member).toString('hex')).toBe(vector.plain);
  });
});

test.each(containers.tarHeaders)('the tar header of $name', ({ header, ...entry }) => {
  expect(tarHeader(entry).toString('hex')).toBe(header);
});

test.each(containers.tableEntries)('the entry of table $table', ({ table, entry }) => {
  expect(tableEntry(table)).toBe(entry);
});

describe('a manifest', () => {
  const { backupId } = manifest;

  test('opens to the published JSON', async () => {
    const json = await openManifest(keys, backupId, fromHex(manifest.sealed));
    expect(json.toString()).toBe(manifest.json);
    expect(encodeManifest(decodeManifest(json))).toEqual({ json, sha256: manifest.sha256 });
  });

  test('is sealed as published', async () => {
    const sealed = await sealManifest(keys, backupId, Buffer.from(manifest.json));
    const context = fromHex(backupId.replaceAll('-', ''));
    const again = underNonceOf(manifest, keys.manifestSeal, sealed, context);
    expect((await openManifest(keys, backupId, again)).toString()).toBe(manifest.json);
    expect(again.subarray(0, 44).toString('hex')).toBe(manifest.sealed.slice(0, 88));
  });

  test('and its store give the tables and files of the archive', async () => {
    const read = decodeManifest(Buffer.from(manifest.json));
    const inner = JSON.parse(archive.manifestJson);
    for (const table of read.tables) {
      const hash = createHash('sha256');
      for await (const piece of readTable(store(), keys, table)) hash.update(piece);
      const named = inner.tables.find(({ name }: { name: string }) => name === table.name);
      expect(hash.digest('hex')).toBe(named.sha256);
      expect(await ropeDigest(store(), keys, table.rope)).toBe(table.digest);
    }
    const files: string[] = [];
    for await (const file of readFileList(store(), keys, read)) files.push(file.sha256);
    expect(files).toEqual(
      archive.filesNdjson.split('\n').flatMap((line) => (line ? JSON.parse(line).sha256 : [])),
    );
    expect(inner.files.count).toBe(files.length);
  });
});

describe('a row map', () => {
  const [part] = rowMaps.parts as [(typeof rowMaps.parts)[0]];

  test('opens to the published rows', async () => {
    const kept = storeOf({ [rowMaps.object]: fromHex(rowMaps.sealed) });
    const map = await readRowMap(kept, keys, rowMaps.object);
    expect(map && encodeRowMap(map).toString('hex')).toBe(rowMaps.plain);
    const [table] = map?.tables ?? [];
    expect(table?.rope).toBe(decodeManifest(Buffer.from(manifest.json)).tables[0]?.digest);
    const rows = await unpackPart(table?.parts[0]?.packed ?? Buffer.alloc(0));
    expect(rowsOf(rows)).toEqual(part.rows);
  });

  test('is written and sealed as published', async () => {
    expect(encodePart(decodePart(fromHex(part.encoded))).toString('hex')).toBe(part.encoded);
    const map = decodeRowMap(fromHex(rowMaps.plain));
    const sealed = sealRowMap(keys, rowMaps.object, map);
    const again = underNonceOf(rowMaps, keys.rowMap, sealed, Buffer.from(rowMaps.object));
    expect(again.toString('hex')).toBe(rowMaps.sealed);
  });

  test.each(Array.from({ length: fromHex(part.encoded).length }, (_, n) => n))(
    'cut after %i bytes is not taken for one',
    (bytes) => {
      expect(() => decodePart(fromHex(part.encoded).subarray(0, bytes))).toThrow(
        expect.objectContaining({ code: 'CHUNK_CORRUPT' }),
      );
    },
  );

  function rowsOf({ length, places, xmins, sizes }: PartRows) {
    return Array.from({ length }, (_, n) => ({
      block: blockOf(places[n] ?? 0),
      pointer: pointerOf(places[n] ?? 0),
      xmin: xmins[n],
      bytes: sizes[n],
    }));
  }
});

describe('a kept head', () => {
  const [head, sums] = heads.objects as [(typeof heads.objects)[0], (typeof heads.objects)[0]];
  const about = {
    name: heads.name,
    bytes: fromHex(head.plain).length,
    sha256: createHash('sha256').update(fromHex(head.plain)).digest('hex'),
  };

  test('opens whole and byte by byte, and its sums too', async () => {
    const kept = storeOf({
      [head.object]: fromHex(head.sealed),
      [sums.object]: fromHex(sums.sealed),
    });
    const reader = openStoredHead(kept, keys, about);
    expect((await gather(reader.read(0, about.bytes))).toString('hex')).toBe(head.plain);
    for (let at = 0; at < about.bytes; at += 97)
      expect((await gather(reader.read(at, at + 1))).toString('hex')).toBe(
        head.plain.slice(2 * at, 2 * at + 2),
      );
    const read = await readSums(kept, keys, heads.name);
    expect([...(read ?? [])]).toEqual(heads.sums);
  });

  test('is sealed as published, and its sums too', async () => {
    const kept = storeOf({});
    const writer = openHeadWriter(kept, keys, heads.name);
    await writer.write(fromHex(head.plain));
    await writer.finish();
    await putSums(kept, keys, heads.name, heads.sums);
    for (const vector of heads.objects) {
      const written = await kept.get(vector.object);
      const context = Buffer.from(vector.object);
      const again = underNonceOf(vector, keys.archiveHead, written, context);
      expect(again.toString('hex')).toBe(vector.sealed);
    }
  });
});

describe('an archive', () => {
  const bytes = fromBase64(archive.archive);
  const read = decodeManifest(Buffer.from(manifest.json));

  test.each([bytes.length, 1000, 1])('is read in pieces of %i bytes', async (size) => {
    const found: Record<string, string> = {};
    const request = {
      source: sourceOf(bytes, size),
      keys,
      announcedBytes: bytes.length,
      structure: read.structure,
      report: () => {},
      signal,
    };
    const inner = await readArchive(request, {
      begin: async () => {},
      async table({ name }, pieces) {
        const text: Buffer[] = [];
        for await (const piece of pieces) text.push(Buffer.from(piece.bytes));
        found[name] = Buffer.concat(text).toString();
      },
      async file({ sha256, missing }, content) {
        found[sha256] = missing ? 'missing' : String((await gather(content ?? none())).length);
      },
    });
    expect(`${JSON.stringify(inner, null, 2)}\n`).toBe(archive.manifestJson);
    expect(Object.values(found).sort()).toEqual(
      ['', '0', '1500', 'missing', '1\tPole 1\n2\tPole 2\n3\tPole \\\\ 3\n4\tPole 4\n'].sort(),
    );
  });

  test('is written from its manifest, its store and its head', async () => {
    const head = fromBase64(archive.head);
    const sha256 = createHash('sha256').update(head).digest('hex');
    const reader = {
      bytes: head.length,
      sha256,
      read: (start: number, end: number) => inPieces(head.subarray(start, end), 1000),
    };
    const layout = await openLayout({
      manifest: read,
      head: reader,
      keys,
      store: store(),
      digested: false,
    });
    expect(layout.etag).toBe(archive.etag);
    expect(await readLayout(layout)).toEqual(bytes);
    for (const at of [0, 500, 3000, bytes.length - 1])
      expect(await readLayout(layout, at, at + 1)).toEqual(bytes.subarray(at, at + 1));
  });

  test('has the published head, however it is deflated', async () => {
    const pieces: Buffer[] = [];
    const sink = async (piece: Buffer) => void pieces.push(piece);
    await makeHead({ store: store(), keys, manifest: read, sink, report: () => {}, signal });
    expect(gunzipSync(Buffer.concat(pieces))).toEqual(gunzipSync(fromBase64(archive.head)));
    expect(gunzipSync(fromBase64(archive.gzip))).toEqual(fromBase64(archive.tar));
  });
});

async function* none(): AsyncGenerator<Buffer, void> {}
