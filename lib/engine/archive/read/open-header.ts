import type { ServerKeys } from '#engine/sealing/keys.ts';
import { type AgeHeader, macFits, readHeader } from '../container/age/header.ts';
import {
  findServerStanza,
  SERVER_STANZA_TYPE,
  type ServerStanza,
  unwrapFileKey,
} from '../container/age/server-stanza.ts';
import { ciphertextSize, PAYLOAD_NONCE_BYTES } from '../container/age/stream.ts';
import { unwrapAsRecipient } from '../container/age/x25519.ts';
import { Pull } from '../container/pull.ts';
import { altered, keyUnknown, madeByOtherServer, truncated } from '../container/refusals.ts';
import type { ArchiveSource } from './source.ts';

/** What the first bytes of an archive say; not to be trusted before `unlockHeader`. */
export interface ArchiveHeader {
  readonly serverId: string;
  readonly backupId: string;
  /** Of the whole file, as its maker wrote it. */
  readonly bytes: number;
  /** Where the payload begins, with its nonce. */
  readonly payloadAt: number;
}

export interface UnlockedHeader extends ArchiveHeader {
  readonly fileKey: Buffer;
  /** SHA-256 of the manifest.json inside. */
  readonly manifestDigest: Buffer;
}

/**
 * Reads who made the archive, of which backup, and how long it is; needs no key and less than 64 KiB.
 * Throws NOT_AN_ARCHIVE, FORMAT_NEWER, ARCHIVE_TRUNCATED or ARCHIVE_ALTERED.
 */
export async function openHeader(source: ArchiveSource): Promise<ArchiveHeader> {
  const header = await parse(source);
  return summarise(header, findServerStanza(header.stanzas));
}

/**
 * As `openHeader`, and proves that this server made the header, to the last byte. Throws
 * MADE_BY_OTHER_SERVER or KEY_UNKNOWN besides.
 */
export async function unlockHeader(
  source: ArchiveSource,
  keys: ServerKeys,
): Promise<UnlockedHeader> {
  const header = await parse(source);
  const recovered = unwrapAsRecipient(header.stanzas, keys.recovery);
  // Encrypted to this server: whatever the other stanza says then, it was not written so.
  if (recovered && !macFits(header, recovered)) throw headerAltered();
  const stanza = findServerStanza(header.stanzas);
  if (stanza.serverId !== keys.serverId) throw madeByOtherServer(stanza.serverId, keys.serverId);
  const fileKey = unwrapFileKey(keys, stanza);
  if (!fileKey) throw keyUnknown();
  // Who holds the recovery identity has the file key, and could set other stanzas under the right MAC.
  const [first, , more] = header.stanzas;
  const asWritten = first?.args[0] === SERVER_STANZA_TYPE && more === undefined;
  if (!asWritten || !recovered?.equals(fileKey) || !macFits(header, fileKey)) throw headerAltered();
  return { ...summarise(header, stanza), fileKey, manifestDigest: stanza.manifestDigest };
}

/** Throws ARCHIVE_TRUNCATED or ARCHIVE_ALTERED where the file has not the length that it was made with. */
export function requireLength(source: ArchiveSource, header: ArchiveHeader): void {
  if (source.bytes < header.bytes)
    throw truncated('shorterThanWritten', { found: source.bytes, written: header.bytes });
  if (source.bytes > header.bytes)
    throw altered('bytesAfterEnd', { count: source.bytes - header.bytes });
}

async function parse(source: ArchiveSource): Promise<AgeHeader> {
  await using pull = new Pull(source.read(0));
  return await readHeader(pull);
}

function summarise(header: AgeHeader, stanza: ServerStanza): ArchiveHeader {
  const { serverId, backupId, plainBytes } = stanza;
  const payloadAt = header.bytes;
  const bytes = payloadAt + PAYLOAD_NONCE_BYTES + ciphertextSize(plainBytes);
  return { serverId, backupId, bytes, payloadAt };
}

function headerAltered() {
  return altered('headerAltered');
}
