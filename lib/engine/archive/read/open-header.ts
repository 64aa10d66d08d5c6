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
import { BufferedReader } from '../container/buffered-reader.ts';
import { altered, keyUnknown, madeByOtherServer, truncated } from '../container/refusals.ts';
import type { ArchiveSource } from './source.ts';

/** What the first bytes of an archive say. Only `unlockHeader` makes it trustworthy. */
export interface ArchiveHeader {
  readonly serverId: string;
  readonly backupId: string;
  /** Size of the whole file when it was made. */
  readonly bytes: number;
  /** Offset of the payload, which begins with its nonce. */
  readonly payloadAt: number;
}

export interface UnlockedHeader extends ArchiveHeader {
  readonly fileKey: Buffer;
  /** SHA-256 of the manifest.json inside. */
  readonly manifestDigest: Buffer;
}

/**
 * Reads which server made the archive, of which backup, and its size. Needs no key, reads at most 64 KiB.
 * Throws NOT_AN_ARCHIVE, FORMAT_NEWER, ARCHIVE_TRUNCATED or ARCHIVE_ALTERED.
 */
export async function openHeader(source: ArchiveSource): Promise<ArchiveHeader> {
  const header = await parse(source);
  return summarize(header, findServerStanza(header.stanzas));
}

/**
 * As `openHeader`, and authenticates that this server wrote every byte of the header. Also throws
 * MADE_BY_OTHER_SERVER or KEY_UNKNOWN.
 */
export async function unlockHeader(
  source: ArchiveSource,
  keys: ServerKeys,
): Promise<UnlockedHeader> {
  const header = await parse(source);
  const recovered = unwrapAsRecipient(header.stanzas, keys.recovery);
  // Encrypted to this server, but the header is not the one that was written.
  if (recovered && !macFits(header, recovered)) throw headerAltered();
  const stanza = findServerStanza(header.stanzas);
  if (stanza.serverId !== keys.serverId) throw madeByOtherServer(stanza.serverId, keys.serverId);
  const fileKey = unwrapFileKey(keys, stanza);
  if (!fileKey) throw keyUnknown();
  // With the recovery identity anybody gets the file key, and can write other stanzas under a right MAC.
  const [first, , more] = header.stanzas;
  const asWritten = first?.args[0] === SERVER_STANZA_TYPE && more === undefined;
  if (!asWritten || !recovered?.equals(fileKey) || !macFits(header, fileKey)) throw headerAltered();
  return { ...summarize(header, stanza), fileKey, manifestDigest: stanza.manifestDigest };
}

/** Throws ARCHIVE_TRUNCATED or ARCHIVE_ALTERED where the file does not have the size it was made with. */
export function requireLength(source: ArchiveSource, header: ArchiveHeader): void {
  if (source.bytes < header.bytes)
    throw truncated('shorterThanWritten', { found: source.bytes, written: header.bytes });
  if (source.bytes > header.bytes)
    throw altered('bytesAfterEnd', { count: source.bytes - header.bytes });
}

async function parse(source: ArchiveSource): Promise<AgeHeader> {
  await using reader = new BufferedReader(source.read(0));
  return await readHeader(reader);
}

function summarize(header: AgeHeader, stanza: ServerStanza): ArchiveHeader {
  const { serverId, backupId, plainBytes } = stanza;
  const payloadAt = header.bytes;
  const bytes = payloadAt + PAYLOAD_NONCE_BYTES + ciphertextSize(plainBytes);
  return { serverId, backupId, bytes, payloadAt };
}

function headerAltered() {
  return altered('headerAltered');
}
