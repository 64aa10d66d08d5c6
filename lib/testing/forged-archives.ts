import { createHash, randomBytes } from 'node:crypto';
import { encodeHeader, type Stanza } from '#engine/archive/container/age/header.ts';
import { wrapFileKey } from '#engine/archive/container/age/server-stanza.ts';
import { payloadKey, SEGMENT_BYTES, sealSegment } from '#engine/archive/container/age/stream.ts';
import { pointOf, wrapForRecipient } from '#engine/archive/container/age/x25519.ts';
import { type ArchiveManifest, tableEntry } from '#engine/archive/container/archive-manifest.ts';
import { deflatedMember } from '#engine/archive/container/gzip.ts';
import {
  TAR_BLOCK_BYTES,
  TAR_END_BYTES,
  tarHeader,
  tarPadding,
} from '#engine/archive/container/tar.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { sha256 } from './archives.ts';

/** An entry of a tar with any header, contents and padding. */
export interface RawEntry {
  readonly header: Buffer;
  readonly content: Buffer;
  readonly padding: Buffer;
}

/** The parts of an archive, each of which may be wrong. */
export interface Parts {
  readonly keys: ServerKeys;
  readonly json: Buffer;
  readonly entries: readonly RawEntry[];
  readonly end: Buffer;
}

const CREATED_AT = '2026-11-22T05:00:00.000Z';
const TIME = Date.parse(CREATED_AT) / 1000;

/** The files are random, so that the payload has several segments whatever a compressor does. */
export const TABLES = { pole: 'one\t1\ntwo\t2\nthree\t\\N\n', setting: 'a\t{}\n' } as const;
export const FILES = [randomBytes(0), randomBytes(700), randomBytes(300_000)].sort((a, b) =>
  sha256(a) < sha256(b) ? -1 : 1,
);

/** The manifest.json of a sound archive of a small plant. */
export function soundManifest(keys: ServerKeys): ArchiveManifest {
  const list = fileList();
  const bytes = FILES.reduce((sum, file) => sum + file.length, 0);
  const count = FILES.length;
  return {
    format: 1,
    metadata: {
      backupId: '01938a2e-7c00-7000-8000-00000000abcd',
      serverId: keys.serverId,
      name: 'Before the storm',
      givenName: null,
      comment: '',
      author: { kind: 'PERSON', id: null, name: 'Ana' },
      kind: 'MANUAL',
      createdAt: CREATED_AT,
      scheduledFor: null,
      includesFiles: true,
    },
    structure: [{ name: '0001_first', checksum: sha256('first') }],
    tables: Object.entries(TABLES).map(([name, text]) => ({
      name,
      entry: tableEntry(name),
      columns: ['a', 'b'],
      rows: text.split('\n').length - 1,
      bytes: text.length,
      sha256: sha256(text),
    })),
    files: {
      count,
      bytes,
      digest: sha256(FILES.map((file) => `${sha256(file)} ${file.length}\n`).join('')),
      list: { bytes: list.length, sha256: sha256(list) },
      held: { count, bytes },
    },
  };
}

export function fileList(): string {
  return FILES.map((file) => `{"sha256":"${sha256(file)}","bytes":${file.length}}\n`).join('');
}

/** `manifest.json` as this server writes it. */
export function asJson(manifest: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

export function rawEntry(name: string, content: Buffer | string): RawEntry {
  const bytes = Buffer.from(content);
  const header = tarHeader({ name, bytes: bytes.length, modifiedAt: TIME });
  return { header, content: bytes, padding: Buffer.alloc(tarPadding(bytes.length)) };
}

/** A sound archive in parts. `json` replaces its manifest.json. */
export function soundParts(keys: ServerKeys, json = asJson(soundManifest(keys))): Parts {
  const tables = Object.entries(TABLES).map(([name, text]) => rawEntry(tableEntry(name), text));
  const files = FILES.map((file) => rawEntry(`files/${sha256(file)}`, file));
  const entries = [
    rawEntry('manifest.json', json),
    rawEntry('files.ndjson', fileList()),
    ...tables,
    ...files,
  ];
  return { keys, json, entries, end: Buffer.alloc(TAR_END_BYTES) };
}

/** A header with one field changed and its checksum corrected. */
export function changedHeader(header: Buffer, at: number, bytes: Buffer | string): Buffer {
  const changed = Buffer.from(header);
  Buffer.from(bytes).copy(changed, at);
  changed.fill(' ', 148, 156);
  const sum = changed.reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

export function tarOf({ entries, end }: Parts): Buffer {
  return Buffer.concat([
    ...entries.flatMap(({ header, content, padding }) => [header, content, padding]),
    end,
  ]);
}

/** Compresses as the server does: one member for each block of 1 MiB. */
export async function gzipOf(tar: Buffer): Promise<Buffer> {
  const members: Buffer[] = [];
  for (let at = 0; at < tar.length; at += 1024 * 1024)
    members.push(await deflatedMember(tar.subarray(at, at + 1024 * 1024)));
  return Buffer.concat(members);
}

export interface Sealing {
  /** Replaces the two stanzas of a sound archive. */
  readonly stanzas?: (sound: readonly Stanza[], fileKey: Buffer) => readonly Stanza[];
  /** The size in the server's stanza. */
  readonly plainBytes?: number;
}

/** Seals a gzip stream as the server with these keys does. */
export function sealed(parts: Parts, plain: Buffer, sealing: Sealing = {}): Buffer {
  const { keys, json } = parts;
  const [fileKey, nonce] = [randomBytes(16), randomBytes(16)];
  const about = {
    backupId: soundManifest(keys).metadata.backupId,
    salt: randomBytes(16),
    manifestDigest: createHash('sha256').update(json).digest(),
    plainBytes: sealing.plainBytes ?? plain.length,
  };
  const sound = [
    wrapFileKey(keys, about, fileKey),
    wrapForRecipient(pointOf(keys.recovery), randomBytes(32), fileKey),
  ];
  const header = encodeHeader(sealing.stanzas?.(sound, fileKey) ?? sound, fileKey);
  return Buffer.concat([header, nonce, ...payload(payloadKey(fileKey, nonce), plain)]);
}

/** The archive of these parts, soundly sealed. */
export async function archiveFrom(parts: Parts, sealing: Sealing = {}): Promise<Buffer> {
  return sealed(parts, await gzipOf(tarOf(parts)), sealing);
}

function payload(key: Buffer, plain: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(plain.length / SEGMENT_BYTES));
  return Array.from({ length: count }, (_, n) => {
    const piece = plain.subarray(n * SEGMENT_BYTES, (n + 1) * SEGMENT_BYTES);
    return Buffer.concat(sealSegment(key, n, n === count - 1, piece));
  });
}

export { TAR_BLOCK_BYTES };
