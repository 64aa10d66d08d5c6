import { randomBytes } from 'node:crypto';
import { XAES_NONCE_BYTES, XAES_TAG_BYTES, xaesOpenPieces, xaesSealInto } from './xaes.ts';

/**
 * How everything in the store is sealed (FORMAT.md, "Chunk", "Manifest", "The kept head"):
 *
 *     magic (4) · server id (16) · fields · nonce (24) · XAES-256-GCM ciphertext · tag (16)
 *
 * The tag authenticates magic, server id, fields and `context`.
 */
export interface Envelope {
  /** Three letters and the version of the format, such as `FKC1`. */
  readonly magic: string;
  /** A UUID. */
  readonly serverId: string;
  readonly key: Buffer;
  /** What the reader knows before it opens the envelope. */
  readonly fields?: Uint8Array;
  /** What the envelope is bound to, such as the name of its object. Not written down. */
  readonly context: Uint8Array;
}

/**
 * Why an envelope does not open. `newer`: a later version of the format. `otherServer`: intact as far as
 * anybody can tell, but made under another server's key. All others are damage.
 */
export type EnvelopeFault = 'header' | 'length' | 'newer' | 'otherServer' | 'seal';

export type OpenedEnvelope =
  | { readonly pieces: Buffer[]; readonly fault: null }
  | { readonly pieces: null; readonly fault: EnvelopeFault };

const MAGIC_BYTES = 4;
const SERVER_ID_BYTES = 16;
/** Before the fields. */
export const ENVELOPE_PREFIX_BYTES = MAGIC_BYTES + SERVER_ID_BYTES;

/** What an envelope adds to its plaintext and fields. */
export const ENVELOPE_OVERHEAD_BYTES = ENVELOPE_PREFIX_BYTES + XAES_NONCE_BYTES + XAES_TAG_BYTES;

/** The sealed bytes under a fresh nonce, in memory of their own. */
export function sealEnvelope(envelope: Envelope, plain: Uint8Array): Buffer {
  const header = headerOf(envelope);
  const nonce = randomBytes(XAES_NONCE_BYTES);
  const nonceEnd = header.length + XAES_NONCE_BYTES;
  const sealed = Buffer.allocUnsafeSlow(nonceEnd + plain.length + XAES_TAG_BYTES);
  sealed.set(header);
  sealed.set(nonce, header.length);
  const target = { target: sealed, at: nonceEnd };
  xaesSealInto(target, envelope.key, nonce, plain, additionalData(envelope, header));
  return sealed;
}

/** The plaintext in pieces of `pieceBytes` (the last may be smaller), or why it does not open. */
export function openEnvelope(
  envelope: Envelope,
  sealed: Buffer,
  pieceBytes: number = Math.max(1, sealed.length),
): OpenedEnvelope {
  const header = headerOf(envelope);
  const nonceEnd = header.length + XAES_NONCE_BYTES;
  if (sealed.length < nonceEnd + XAES_TAG_BYTES) return { pieces: null, fault: 'length' };
  const pieces = xaesOpenPieces(
    envelope.key,
    sealed.subarray(header.length, nonceEnd),
    sealed.subarray(nonceEnd),
    additionalData(envelope, header),
    pieceBytes,
  );
  if (!pieces) return { pieces: null, fault: whyNotOpen(envelope, sealed) };
  if (!sealed.subarray(0, header.length).equals(header)) return { pieces: null, fault: 'header' };
  return { pieces, fault: null };
}

/** Asked only once the seal did not open under our key, so a damaged header is not taken for another's. */
function whyNotOpen({ magic, serverId }: Envelope, sealed: Buffer): EnvelopeFault {
  const found = sealed.toString('latin1', 0, MAGIC_BYTES);
  if (found !== magic) return isNewer(found, magic) ? 'newer' : 'seal';
  const madeBy = sealed.subarray(MAGIC_BYTES, ENVELOPE_PREFIX_BYTES);
  return madeBy.equals(uuidBytes(serverId)) ? 'seal' : 'otherServer';
}

function isNewer(found: string, magic: string): boolean {
  return found.slice(0, -1) === magic.slice(0, -1) && found > magic;
}

function headerOf({ magic, serverId, fields = Buffer.alloc(0) }: Envelope): Buffer {
  return Buffer.concat([Buffer.from(magic, 'latin1'), uuidBytes(serverId), fields]);
}

function additionalData({ context }: Envelope, header: Buffer): Buffer {
  return Buffer.concat([header, context]);
}

/** The 16 bytes of a UUID. */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}
