import { hkdfSync } from 'node:crypto';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { altered, formatNewer, notAnArchive } from '../refusals.ts';
import { KEY_BYTES, open, seal, TAG_BYTES, ZERO_NONCE } from './chacha.ts';
import { decodeBase64, encodeBase64, FILE_KEY_BYTES, type Stanza } from './header.ts';

/**
 * `fiberkeep/server/v1 <serverId> <backupId> <salt>`: the stanza that only the server can write. Uploads must
 * have it. Its body: SHA-256 of manifest.json, size of the plaintext (8 bytes, big-endian), sealed file key.
 */
export interface ServerStanza {
  readonly serverId: string;
  readonly backupId: string;
  readonly salt: Buffer;
  /** SHA-256 of the manifest.json inside. */
  readonly manifestDigest: Buffer;
  /** Of the payload: a shorter file was cut, any other was altered. */
  readonly plainBytes: number;
  /** All of it: digest and size, which are authenticated, then the sealed file key. */
  readonly body: Buffer;
}

export const SALT_BYTES = 16;
const KIND = 'fiberkeep/server/';
export const SERVER_STANZA_TYPE = `${KIND}v1`;
const DIGEST_BYTES = 32;
const SIZE_BYTES = 8;
const SIZE_AT = DIGEST_BYTES;
const KEY_AT = SIZE_AT + SIZE_BYTES;
const BODY_BYTES = KEY_AT + FILE_KEY_BYTES + TAG_BYTES;
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
  // The salt is drawn from what is wrapped, so this key seals nothing else.
  const sealed = seal(key, ZERO_NONCE, fileKey, additional);
  return {
    args: [SERVER_STANZA_TYPE, serverId, about.backupId, encodeBase64(about.salt)],
    body: Buffer.concat([additional, ...sealed]),
  };
}

/**
 * What the stanza says; trust it only after `unwrapFileKey`. Throws NOT_AN_ARCHIVE where there is no such
 * stanza, FORMAT_NEWER, or ARCHIVE_ALTERED.
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

/** The file key; null where this server's key did not write exactly this stanza. */
export function unwrapFileKey(keys: ServerKeys, stanza: ServerStanza): Buffer | null {
  const additional = stanza.body.subarray(0, KEY_AT);
  const sealed = stanza.body.subarray(KEY_AT);
  return open(wrappingKey(keys, stanza), ZERO_NONCE, sealed, additional);
}

function wrappingKey(
  keys: ServerKeys,
  about: Pick<ServerStanza, 'serverId' | 'backupId' | 'salt'>,
): Buffer {
  const ids = [about.serverId, about.backupId].map((id) =>
    Buffer.from(id.replaceAll('-', ''), 'hex'),
  );
  const info = Buffer.concat([Buffer.from(SERVER_STANZA_TYPE), ...ids]);
  return Buffer.from(hkdfSync('sha256', keys.archive, about.salt, info, KEY_BYTES));
}
