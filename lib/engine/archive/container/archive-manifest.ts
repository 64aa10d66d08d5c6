import { createHash } from 'node:crypto';
import { z } from 'zod';
import { manifestParts } from '#engine/backup/manifest.ts';
import type { FiberkeepError } from '#errors';
import { differs, formatNewer } from './refusals.ts';
import { TAR_NAME_BYTES, TAR_OCTAL_END } from './tar.ts';

/** The `manifest.json` of an archive describes the backup, and nothing of chunks. */
const { count, sha256, metadata, structure } = manifestParts;

const archiveManifest = z.strictObject({
  format: z.literal(1),
  metadata,
  structure,
  tables: z.array(
    z.strictObject({
      name: z.string(),
      entry: z.string(),
      columns: z.array(z.string()),
      rows: count,
      bytes: count,
      sha256,
    }),
  ),
  files: z.strictObject({
    count,
    bytes: count,
    digest: sha256,
    list: z.strictObject({ bytes: count, sha256 }),
    held: z.strictObject({ count, bytes: count }),
  }),
});

export type ArchiveManifest = Readonly<z.infer<typeof archiveManifest>>;
export type ArchiveTable = ArchiveManifest['tables'][number];
export type ArchiveFiles = ArchiveManifest['files'];

export const MANIFEST_ENTRY = 'manifest.json';
export const FILE_LIST_ENTRY = 'files.ndjson';
/** A thousand tables of a hundred columns take less. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
/** The catalogue counts files in 32 bits. */
const MOST_FILES = 2 ** 31 - 1;
const MAX_TABLE_NAME = TAR_NAME_BYTES - 'tables/.copy'.length;
const DIGEST_DIGITS = 16;

/** The bytes of `manifest.json`: indented JSON, fields in the order of FORMAT.md. */
export function encodeArchiveManifest(manifest: ArchiveManifest): Buffer {
  return Buffer.from(`${JSON.stringify(archiveManifest.parse(manifest), null, 2)}\n`);
}

/**
 * Strict: encoding the result must give the same bytes, so that nothing hides in them. Throws
 * CONTENTS_DIFFER, or FORMAT_NEWER for a later format.
 */
export function decodeArchiveManifest(bytes: Buffer): ArchiveManifest {
  const value = parseJson(bytes);
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) throw formatNewer('archiveManifestNewer');
  const read = archiveManifest.safeParse(value);
  if (!read.success) throw differs('archiveManifestInvalid', firstIssue(read.error));
  if (!encodeArchiveManifest(read.data).equals(bytes)) throw differs('archiveManifestRespelled');
  const wrong = contradiction(read.data);
  if (wrong) throw wrong;
  return read.data;
}

/**
 * `tables/<name>.copy`. Every byte other than a-z, 0-9, `_` and `-` is percent-encoded, so that names stay
 * apart on every file system. A name that gets too long ends in its digest.
 */
export function tableEntry(table: string): string {
  const encoded = [...Buffer.from(table)].map(encodeByte).join('');
  if (encoded.length <= MAX_TABLE_NAME) return `tables/${encoded}.copy`;
  const digest = createHash('sha256').update(table).digest('hex').slice(0, DIGEST_DIGITS);
  const kept = encoded.slice(0, MAX_TABLE_NAME - DIGEST_DIGITS - 1).replace(/%.?$/, '');
  return `tables/${kept}~${digest}.copy`;
}

/** `files/<sha256>`. */
export function fileEntry(sha256: string): string {
  return `files/${sha256}`;
}

/** The time of every entry, in seconds since 1970: that of the backup. */
export function entryTime(manifest: Pick<ArchiveManifest, 'metadata'>): number {
  return Math.floor(Date.parse(manifest.metadata.createdAt) / 1000);
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/^[a-z0-9_-]$/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Why the manifest contradicts itself; null where it does not. */
function contradiction(manifest: ArchiveManifest): FiberkeepError | null {
  const { tables, files, metadata } = manifest;
  const time = entryTime(manifest);
  if (!isMoment(metadata.createdAt) || !(time >= 0 && time < TAR_OCTAL_END))
    return differs('manifestTimeInvalid', { field: 'createdAt' });
  if (metadata.scheduledFor !== null && !isMoment(metadata.scheduledFor))
    return differs('manifestTimeInvalid', { field: 'scheduledFor' });
  if (!isKeepable(manifest)) return differs('manifestTextInvalid');
  if (files.count > MOST_FILES) return differs('manifestTooManyFiles');
  const misnamed = tables.find(({ name, entry }) => entry !== tableEntry(name));
  if (misnamed) return differs('manifestTableMisplaced', { table: misnamed.name });
  if (new Set(tables.map(({ name }) => name)).size < tables.length)
    return differs('manifestTableTwice');
  if (files.held.count > files.count || files.held.bytes > files.bytes)
    return differs('manifestHoldsMoreFiles');
  if (!metadata.includesFiles && files.held.count + files.held.bytes + files.list.bytes > 0)
    return differs('manifestFilesUnexpected');
  return null;
}

/** Whether the time is spelled as this server spells it. */
function isMoment(text: string): boolean {
  const moment = Date.parse(text);
  return !Number.isNaN(moment) && new Date(moment).toISOString() === text;
}

/** JSON allows texts that PostgreSQL refuses: with U+0000, or with half a surrogate pair. */
function isKeepable(value: unknown): boolean {
  if (typeof value === 'string') return !/\0|\p{Cs}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isKeepable);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw differs('archiveManifestNotJson');
  }
}

function firstIssue({ issues: [issue] }: z.ZodError) {
  const field = issue?.path.map(String).join('.').slice(0, 100) ?? '';
  return { field, detail: issue?.message.slice(0, 200) ?? '' };
}
