import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { altered, formatNewer, notAnArchive } from '../refusals.ts';
import { decodeBase64, encodeBase64, FILE_KEY_BYTES, type Stanza } from './header.ts';

/**
 * `fiberkeep/server/v1 <serverId> <backupId> <salt>`: the stanza that only the server can write, and that an
 * upload must open. Its body: SHA-256 of the manifest.json inside, bytes of the plaintext (8, big-endian),
 * the sealed file key.
 */
export interface ServerStanza {
  readonly serverId: string;
  readonly backupId: string;
  readonly salt: Buffer;
  /** SHA-256 of the manifest.json inside. */
  readonly manifestDigest: Buffer;
  /** Of the payload: tells a file that was cut short from one that was altered. */
  readonly plainBytes: number;
  /** The body as it stands: digest and size, authenticated, then the sealed file key. */
  readonly body: Buffer;
}

export const SALT_BYTES = 16;
const KIND = 'fiberkeep/server/';
export const SERVER_STANZA_TYPE = `${KIND}v1`;
const DIGEST_BYTES = 32;
const SIZE_BYTES = 8;
const TAG_BYTES = 16;
const SIZE_AT = DIGEST_BYTES;
const KEY_AT = SIZE_AT + SIZE_BYTES;
const BODY_BYTES = KEY_AT + FILE_KEY_BYTES + TAG_BYTES;
const CIPHER = 'chacha20-poly1305';
const TAG = { authTagLength: TAG_BYTES };
/** Each wrapping key is used once: the salt is drawn from what is wrapped. */
const NONCE = Buffer.alloc(12);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function wrapFileKey(
  keys: ServerKeys,
  about: Omit<ServerStanza, 'serverId' | 'body'>,
  fileKey: Buffer,
): Stanza {
  const { serverId } = keys;
  const additional = Buffer.alloc(KEY_AT);
  about.manifestDigest.copy(additional);
  additional.writeBigUInt64BE(BigInt(about.plainBytes), SIZE_AT);
  const key = wrappingKey(keys, { serverId, ...about });
  const cipher = createCipheriv(CIPHER, key, NONCE, TAG);
  cipher.setAAD(additional, { plaintextLength: FILE_KEY_BYTES });
  const sealed = cipher.update(fileKey);
  cipher.final();
  return {
    args: [SERVER_STANZA_TYPE, serverId, about.backupId, encodeBase64(about.salt)],
    body: Buffer.concat([additional, sealed, cipher.getAuthTag()]),
  };
}

/**
 * What the stanza says, to be trusted only when `unwrapFileKey` has opened it. Throws NOT_AN_ARCHIVE where
 * there is none, FORMAT_NEWER, or ARCHIVE_ALTERED.
 */
export function findServerStanza(stanzas: readonly Stanza[]): ServerStanza {
  const [stanza, second] = stanzas.filter(({ args }) => args[0]?.startsWith(KIND));
  if (!stanza) throw notAnArchive('ageFileOfNoServer');
  const { args, body } = stanza;
  const version = /^v([1-9][0-9]*)$/.exec(args[0]?.slice(KIND.length) ?? '')?.[1];
  if (version && version !== '1') throw formatNewer('serverStanzaNewer', { version });
  const [, serverId = '', backupId = '', salt = ''] = args;
  const readSalt = decodeBase64(salt);
  const inOrder =
    args[0] === SERVER_STANZA_TYPE &&
    args.length === 4 &&
    UUID.test(serverId) &&
    UUID.test(backupId);
  if (second || !inOrder || readSalt?.length !== SALT_BYTES || body.length !== BODY_BYTES)
    throw altered('serverStanzaMalformed');
  return {
    serverId,
    backupId,
    salt: readSalt,
    manifestDigest: body.subarray(0, DIGEST_BYTES),
    plainBytes: Number(body.readBigUInt64BE(SIZE_AT)),
    body,
  };
}

/** The file key, or null where the stanza was not written with the key of this server, as it stands. */
export function unwrapFileKey(keys: ServerKeys, stanza: ServerStanza): Buffer | null {
  const sealed = stanza.body.subarray(KEY_AT);
  const decipher = createDecipheriv(CIPHER, wrappingKey(keys, stanza), NONCE, TAG);
  decipher.setAAD(stanza.body.subarray(0, KEY_AT), { plaintextLength: FILE_KEY_BYTES });
  decipher.setAuthTag(sealed.subarray(FILE_KEY_BYTES));
  const fileKey = decipher.update(sealed.subarray(0, FILE_KEY_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return fileKey;
}

function wrappingKey(
  keys: ServerKeys,
  about: Pick<ServerStanza, 'serverId' | 'backupId' | 'salt'>,
): Buffer {
  const ids = [about.serverId, about.backupId].map((id) =>
    Buffer.from(id.replaceAll('-', ''), 'hex'),
  );
  const info = Buffer.concat([Buffer.from(SERVER_STANZA_TYPE), ...ids]);
  return Buffer.from(hkdfSync('sha256', keys.archive, about.salt, info, 32));
}
