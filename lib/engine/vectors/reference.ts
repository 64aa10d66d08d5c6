import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';

/**
 * A second, small implementation of FORMAT.md, on Node's own modules alone: keys, chunks, ropes and file lists. The
 * archive is in reference-archive.ts. The vectors come from both, so that the engine is measured by something else
 * than itself.
 */
export interface Reference {
  readonly id: string;
  readonly generation: number;
  readonly codec: 'none' | 'brotli';
  readonly plainBytes: number;
}

export type Keys = ReturnType<typeof deriveAll>;

export function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function hkdf(
  secret: Buffer,
  salt: Buffer,
  info: string | Buffer,
  bytes: number = 32,
): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}

/** FORMAT.md, "Keys". */
export function deriveAll(serverKey: Buffer) {
  const derive = (label: string, bytes?: number) =>
    hkdf(serverKey, Buffer.alloc(0), `fiberkeep/${label}/v1`, bytes);
  const id = derive('server-id', 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return {
    serverId: uuidOf(id),
    chunkId: derive('chunk-id'),
    chunkSeal: derive('chunk-seal'),
    manifestSeal: derive('manifest-seal'),
    rowHash: derive('row-hash'),
    archive: derive('archive'),
    archiveHead: derive('archive-head'),
    rowMap: derive('row-map'),
    placeSeal: derive('place-seal'),
    fileName: derive('file-name'),
    fileSeal: derive('file-seal'),
    secretSeal: derive('secret-seal'),
    recovery: derive('recovery'),
  };
}

export function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** BIP 173. */
export function bech32(prefix: string, bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map((group) => parseInt(group.padEnd(5, '0'), 2));
  const codes = [...Buffer.from(prefix)];
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const sum = bech32Sum([...expanded, ...digits, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (sum >>> shift) & 31);
  const letters = [...digits, ...checksum].map((n) => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'[n]);
  return `${prefix}1${letters.join('')}`;
}

function bech32Sum(values: readonly number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    generator.forEach((term, i) => {
      if ((top >>> i) & 1) sum ^= term;
    });
  }
  return sum;
}

/** FORMAT.md, "Sealing": ciphertext and tag. */
export function xaesSeal(
  key: Buffer,
  nonce: Buffer,
  plain: Uint8Array,
  additional: Uint8Array,
): Buffer {
  const first = aesBlock(key, Buffer.alloc(16));
  const doubled = Buffer.alloc(16);
  for (let i = 0; i < 16; i++) doubled[i] = ((first[i] ?? 0) << 1) | ((first[i + 1] ?? 0) >> 7);
  if ((first[0] ?? 0) & 0x80) doubled[15] = (doubled[15] ?? 0) ^ 0x87;
  const half = (counter: number) => {
    const block = Buffer.concat([Buffer.from([0, counter, 0x58, 0]), nonce.subarray(0, 12)]);
    return aesBlock(key, Buffer.from(block.map((byte, i) => byte ^ (doubled[i] ?? 0))));
  };
  const subkey = Buffer.concat([half(1), half(2)]);
  const cipher = createCipheriv('aes-256-gcm', subkey, nonce.subarray(12));
  cipher.setAAD(additional);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function aesBlock(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
}

export function chunkId(keys: Keys, plain: Uint8Array): string {
  return createHmac('sha256', keys.chunkId).update(plain).digest('hex');
}

export function pack(codec: Reference['codec'], plain: Buffer): Buffer {
  if (codec === 'none') return plain;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_LGWIN]: 18,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  return brotliCompressSync(plain, { params });
}

/** FORMAT.md, "Chunk". */
export function sealChunk(keys: Keys, ref: Reference, packed: Buffer, nonce: Buffer): Buffer {
  const fields = Buffer.alloc(5);
  fields[0] = ref.codec === 'brotli' ? 1 : 0;
  fields.writeUInt32BE(ref.plainBytes, 1);
  const header = Buffer.concat([Buffer.from('FKC1'), uuidBytes(keys.serverId), fields]);
  const additional = Buffer.concat([header, Buffer.from(ref.id, 'hex')]);
  return Buffer.concat([header, nonce, xaesSeal(keys.chunkSeal, nonce, packed, additional)]);
}

/** FORMAT.md, "Manifest" and "Kept heads". */
export function sealNamed(
  magic: string,
  { serverId, key }: { serverId: string; key: Buffer },
  context: Buffer,
  plain: Buffer,
  nonce: Buffer,
  fields: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.concat([Buffer.from(magic), uuidBytes(serverId), fields]);
  const sealed = xaesSeal(key, nonce, plain, Buffer.concat([header, context]));
  return Buffer.concat([header, nonce, sealed]);
}

/** FORMAT.md, "Files of posts". */
export function fileName({ fileName: key }: Keys, sha256: string): string {
  const digest = Buffer.from(sha256, 'hex');
  const blocks = [digest.subarray(0, 16), digest.subarray(16)];
  return Buffer.concat(blocks.map((block) => aesBlock(key, block))).toString('hex');
}

/** FORMAT.md, "Numbers and references". */
export function number(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

export function signed(value: number): Buffer {
  return number(value < 0 ? -2 * value - 1 : 2 * value);
}

function reference(ref: Reference): Buffer {
  return Buffer.concat([
    Buffer.from(ref.id, 'hex'),
    number(ref.generation),
    Buffer.from([ref.codec === 'brotli' ? 1 : 0]),
    number(ref.plainBytes),
  ]);
}

export interface Range {
  readonly chunk: number;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

export function encodeRope(chunks: readonly Reference[], ranges: readonly Range[]): Buffer {
  const ends = chunks.map(() => 0);
  let last = 0;
  const encoded = ranges.map(({ chunk, start, bytes, rows }) => {
    const range = [signed(chunk - last), signed(start - (ends[chunk] ?? 0)), number(bytes)];
    ends[chunk] = start + bytes;
    last = chunk;
    return Buffer.concat([...range, number(rows)]);
  });
  const list = [Buffer.from([1]), number(chunks.length), ...chunks.map(reference)];
  return Buffer.concat([...list, number(ranges.length), ...encoded]);
}

/** FORMAT.md, "Table digest". */
export function ropeDigest(chunks: readonly Reference[], ranges: readonly Range[]): Buffer {
  const resolved = ranges.map(({ chunk, start, bytes, rows }) => {
    const numbers = Buffer.alloc(12);
    for (const [n, value] of [start, bytes, rows].entries()) numbers.writeUInt32BE(value, 4 * n);
    return Buffer.concat([Buffer.from(chunks[chunk]?.id ?? '', 'hex'), numbers]);
  });
  return sha256(Buffer.concat(resolved));
}

export interface MapRow {
  /** Counts from the first of the part. */
  readonly block: number;
  readonly pointer: number;
  readonly xmin: number;
  readonly bytes: number;
}

/** FORMAT.md, "Row map". */
export function encodeMapPart(rows: readonly MapRow[]): Buffer {
  const parts = [number(rows.length)];
  let block = 0;
  for (const own of new Set(rows.map((row) => row.block))) {
    parts.push(number(own - block));
    block = own;
    let next = 1;
    const pointers = rows.filter((row) => row.block === own).map(({ pointer }) => pointer);
    for (const run of runsOf(pointers, (one, before) => one === before + 1)) {
      parts.push(number(run.length), number((run[0] ?? 0) - next));
      next = (run.at(-1) ?? 0) + 1;
    }
    parts.push(number(0));
  }
  let last = 0;
  for (const run of runsOf(
    rows.map(({ xmin }) => xmin),
    (one, before) => one === before,
  )) {
    parts.push(signed((run[0] ?? 0) - last), number(run.length));
    last = run[0] ?? 0;
  }
  return Buffer.concat([...parts, ...rows.map(({ bytes }) => number(bytes))]);
}

function runsOf(values: readonly number[], goesOn: (one: number, before: number) => boolean) {
  const runs: number[][] = [];
  for (const [n, value] of values.entries()) {
    const before = values[n - 1];
    if (before !== undefined && goesOn(value, before)) runs.at(-1)?.push(value);
    else runs.push([value]);
  }
  return runs;
}

export interface ListedFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly chunks: readonly Reference[];
}

export function encodeFileList(files: readonly ListedFile[]): Buffer {
  const encoded = files.map(({ sha256, bytes, chunks }) =>
    Buffer.concat([
      Buffer.from(sha256, 'hex'),
      number(bytes),
      number(chunks.length),
      ...chunks.map(reference),
    ]),
  );
  return Buffer.concat([Buffer.from([1]), number(files.length), ...encoded]);
}

/** FORMAT.md, "Row hash". */
export function rowHash(key: Buffer, row: Buffer): number {
  const seed = key.readInt32LE(0);
  const first = key.readInt32LE(4) | 1;
  const second = key.readInt32LE(8) | 1;
  const step = Math.max(4, Math.floor((row.length - 4) / 7));
  let h = seed ^ row.length;
  let at = 0;
  for (; at + 4 <= row.length; at += step) {
    h = Math.imul(h ^ row.readInt32LE(at), first);
    h ^= h >>> 15;
  }
  for (; at < row.length; at++) h = Math.imul(h ^ (row[at] ?? 0), first);
  h = Math.imul(h ^ (h >>> 13), second);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FORMAT.md, "Where files are cut": the gear table. */
export function gearTable(keys: Keys): number[] {
  return Array.from({ length: 256 }, (_, byte) =>
    createHmac('sha256', keys.chunkId).update(`gear ${byte}`).digest().readUInt32LE(0),
  );
}

export function cutFile(gear: readonly number[], bytes: Buffer): number[] {
  const pieces: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = pieceEnd(gear, bytes, start);
    pieces.push(end - start);
    start = end;
  }
  return pieces;
}

function pieceEnd(gear: readonly number[], bytes: Buffer, start: number): number {
  const most = Math.min(bytes.length, start + 4 * 1024 * 1024);
  let hash = 0;
  for (let at = start + 512 * 1024; at < most; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) >>> 0;
    if (hash >>> 13 === 0) return at + 1;
  }
  return most;
}
