import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import { hkdf, type Keys, sha256, uuidBytes } from './reference.ts';

/** FORMAT.md, "The tar". */
export function tarHeader(name: string, bytes: number, modifiedAt: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(`${octal(0o644, 7)}${octal(0, 7)}${octal(0, 7)}`, 100);
  if (bytes < 8 ** 11) header.write(octal(bytes, 11), 124);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(bytes), 128);
  }
  header.write(`${octal(modifiedAt, 11)}        0`, 136);
  header.write('ustar\x0000', 257);
  header.write(`${octal(0, 7)}${octal(0, 7)}`, 329);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((512 - (bytes % 512)) % 512);
}

/** FORMAT.md, "The gzip stream". */
export function storedMember(plain: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < plain.length; at += 65_535) {
    const block = plain.subarray(at, at + 65_535);
    const header = Buffer.alloc(5);
    header[0] = at + block.length === plain.length ? 1 : 0;
    header.writeUInt16LE(block.length, 1);
    header.writeUInt16LE(65_535 - block.length, 3);
    blocks.push(header, block);
  }
  return member(0, Buffer.concat(blocks), plain);
}

/** A member of `packed`, which is `plain` deflated. */
export function member(xfl: number, packed: Buffer, plain: Buffer): Buffer {
  const header = Buffer.from(
    `1f8b080400000000${xfl === 4 ? '04' : '00'}ff0800464b040000000000`,
    'hex',
  );
  header.writeUInt32LE(header.length + packed.length + 8, 16);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(plain));
  trailer.writeUInt32LE(plain.length, 4);
  return Buffer.concat([header, packed, trailer]);
}

/** FORMAT.md, "Names of entries". */
export function tableEntry(table: string): string {
  const encoded = [...Buffer.from(table)]
    .map((byte) =>
      /[a-z0-9_-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
  if (encoded.length <= 88) return `tables/${encoded}.copy`;
  const kept = encoded.slice(0, 71).replace(/%[0-9A-F]?$/, '');
  return `tables/${kept}~${sha256(table).toString('hex').slice(0, 16)}.copy`;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function chachaSeal(key: Buffer, nonce: Buffer, plain: Buffer, additional: Buffer): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  if (additional.length > 0) cipher.setAAD(additional, { plaintextLength: plain.length });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

export interface ArchiveSecrets {
  readonly fileKey: Buffer;
  readonly payloadNonce: Buffer;
  readonly stanzaSalt: Buffer;
  readonly ephemeral: Buffer;
  readonly etag: Buffer;
}

/** FORMAT.md, "The age file": what an archive's secrets are derived from. */
export function archiveSecrets(keys: Keys, salt: Buffer): ArchiveSecrets {
  const derive = (label: string, bytes: number) =>
    hkdf(keys.archive, salt, `fiberkeep/archive/${label}/v1`, bytes);
  return {
    fileKey: derive('file-key', 16),
    payloadNonce: derive('payload-nonce', 16),
    stanzaSalt: derive('stanza-salt', 16),
    ephemeral: derive('ephemeral', 32),
    etag: derive('etag', 16),
  };
}

export function serverStanza(
  keys: Keys,
  about: { backupId: string; manifestDigest: Buffer; plainBytes: number },
  secrets: ArchiveSecrets,
): string[] {
  const { stanzaSalt, fileKey } = secrets;
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(about.plainBytes));
  const said = Buffer.concat([about.manifestDigest, size]);
  const ids = [uuidBytes(keys.serverId), uuidBytes(about.backupId)];
  const info = Buffer.concat([Buffer.from('fiberkeep/server/v1'), ...ids]);
  const key = hkdf(keys.archive, stanzaSalt, info);
  const body = Buffer.concat([said, chachaSeal(key, Buffer.alloc(12), fileKey, said)]);
  return [
    `-> fiberkeep/server/v1 ${keys.serverId} ${about.backupId} ${base64(stanzaSalt)}`,
    base64(body.subarray(0, 48)),
    base64(body.subarray(48)),
  ];
}

export function recoveryStanza(keys: Keys, { ephemeral, fileKey }: ArchiveSecrets): string[] {
  const share = pointOf(ephemeral);
  const recipient = pointOf(keys.recovery);
  const shared = diffieHellman({
    privateKey: secretKey(ephemeral),
    publicKey: pointKey(recipient),
  });
  const key = hkdf(shared, Buffer.concat([share, recipient]), 'age-encryption.org/v1/X25519');
  const body = chachaSeal(key, Buffer.alloc(12), fileKey, Buffer.alloc(0));
  return [`-> X25519 ${base64(share)}`, base64(body)];
}

export function ageHeader(stanzas: readonly string[], fileKey: Buffer): Buffer {
  const text = ['age-encryption.org/v1', ...stanzas, '---'].join('\n');
  const mac = createHmac('sha256', hkdf(fileKey, Buffer.alloc(0), 'header'))
    .update(text)
    .digest();
  return Buffer.from(`${text} ${base64(mac)}\n`);
}

export function agePayload(fileKey: Buffer, nonce: Buffer, plain: Buffer): Buffer {
  const key = hkdf(fileKey, nonce, 'payload');
  const segments: Buffer[] = [nonce];
  for (let at = 0, n = 0; at < plain.length; at += 65_536, n++) {
    const segmentNonce = Buffer.alloc(12);
    segmentNonce.writeUInt32BE(n, 7);
    segmentNonce[11] = at + 65_536 >= plain.length ? 1 : 0;
    segments.push(chachaSeal(key, segmentNonce, plain.subarray(at, at + 65_536), Buffer.alloc(0)));
  }
  return Buffer.concat(segments);
}

function secretKey(secret: Buffer) {
  const key = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function pointKey(point: Buffer) {
  const key = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), point]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

export function pointOf(secret: Buffer): Buffer {
  return createPublicKey(secretKey(secret)).export({ format: 'der', type: 'spki' }).subarray(12);
}
