import { hkdfSync } from 'node:crypto';

/** Bytes of the server key and of every key derived from it. */
export const KEY_BYTES = 32;

/** What an installation derives from its one secret, each under its own HKDF label. */
export interface ServerKeys {
  /** Names the installation: a UUID derived from its key, so it survives the loss of the database. */
  readonly serverId: string;
  readonly chunkId: Buffer;
  readonly chunkSeal: Buffer;
  readonly manifestSeal: Buffer;
  readonly rowHash: Buffer;
  /** The secrets of every archive that this server makes are derived from it. */
  readonly archive: Buffer;
  /** Seals the heads of archives while they are kept in the store. */
  readonly archiveHead: Buffer;
  /** Seals row maps. */
  readonly rowMap: Buffer;
  /** Seals secrets that people give the server, such as the password of a mail server. */
  readonly secretSeal: Buffer;
  /** Seals what a server writes to destinations beside backups: who owns the place, and the vault's state. */
  readonly placeSeal: Buffer;
  /** Names and seals the contents of posts' files where they are objects of a store. */
  readonly fileName: Buffer;
  readonly fileSeal: Buffer;
  /** X25519 secret of the recovery identity: with it the stock `age` opens every archive. */
  readonly recovery: Buffer;
}

/**
 * HKDF-SHA-256 (RFC 5869) of the server key (32 bytes), no salt, one label for each use.
 * Throws RangeError for a key of another length.
 */
export function deriveKeys(serverKey: Buffer): ServerKeys {
  if (serverKey.length !== KEY_BYTES)
    throw new RangeError(`A server key has ${KEY_BYTES} bytes, not ${serverKey.length}`);
  const derive = (label: string, bytes = KEY_BYTES) =>
    Buffer.from(hkdfSync('sha256', serverKey, Buffer.alloc(0), `fiberkeep/${label}/v1`, bytes));
  return {
    serverId: asUuid(derive('server-id', 16)),
    chunkId: derive('chunk-id'),
    chunkSeal: derive('chunk-seal'),
    manifestSeal: derive('manifest-seal'),
    rowHash: derive('row-hash'),
    archive: derive('archive'),
    archiveHead: derive('archive-head'),
    rowMap: derive('row-map'),
    secretSeal: derive('secret-seal'),
    placeSeal: derive('place-seal'),
    fileName: derive('file-name'),
    fileSeal: derive('file-seal'),
    recovery: derive('recovery'),
  };
}

/** RFC 9562 section 5.8: version 8, whose other bits are the maker's own. */
function asUuid(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
