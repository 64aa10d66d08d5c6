import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Pull } from '../pull.ts';
import { altered, formatNewer, notAnArchive, truncated } from '../refusals.ts';

/** C2SP age, "Recipient stanza": a type with its arguments, and a body. */
export interface Stanza {
  readonly args: readonly string[];
  readonly body: Buffer;
}

export interface AgeHeader {
  readonly stanzas: readonly Stanza[];
  readonly mac: Buffer;
  /** What the MAC is over: everything up to `---`, that included. */
  readonly authenticated: Buffer;
  /** Bytes of the whole header. */
  readonly bytes: number;
}

export const FILE_KEY_BYTES = 16;
const VERSION_LINE = 'age-encryption.org/v1';
const MAC_BYTES = 32;
/** A body is wrapped after this many bytes; the last line is shorter. */
const LINE_BYTES = 48;
const LINE_DIGITS = (LINE_BYTES / 3) * 4;
/** Ours have 400 bytes; one for a hundred recipients has not 64 KiB. */
const MAX_HEADER_BYTES = 64 * 1024;
const NEWLINE = 10;

/** The header's bytes, MAC included; the MAC is keyed by the file key (C2SP age, "Header MAC"). */
export function encodeHeader(stanzas: readonly Stanza[], fileKey: Buffer): Buffer {
  const lines = [VERSION_LINE, ...stanzas.flatMap(stanzaLines), '---'];
  const authenticated = Buffer.from(lines.join('\n'));
  const mac = encodeBase64(headerMac(fileKey, authenticated));
  return Buffer.concat([authenticated, Buffer.from(` ${mac}\n`)]);
}

/**
 * Reads the header off the stream, as strictly as the format says. Nothing in it is to be trusted before
 * `macFits`. Throws NOT_AN_ARCHIVE, FORMAT_NEWER, ARCHIVE_TRUNCATED or ARCHIVE_ALTERED.
 */
export async function readHeader(pull: Pull): Promise<AgeHeader> {
  await readVersion(pull);
  const lines: string[] = [VERSION_LINE];
  const stanzas: Stanza[] = [];
  for (let line = await readLine(pull); ; line = await readLine(pull)) {
    lines.push(line);
    if (line.startsWith('---')) return finishHeader(pull, lines, stanzas);
    if (!line.startsWith('-> ')) throw malformed();
    const args = line.slice('-> '.length).split(' ');
    // C2SP age: arguments are one or more visible ASCII characters.
    if (!args.every((arg) => /^[\x21-\x7e]+$/.test(arg))) throw malformed();
    stanzas.push({ args, body: await readBody(pull, lines) });
  }
}

/** Whether whoever wrote the header had the file key. */
export function macFits(header: AgeHeader, fileKey: Buffer): boolean {
  return timingSafeEqual(headerMac(fileKey, header.authenticated), header.mac);
}

/** Base64 as the format wants it: canonical, without padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** Null for what is not canonical. */
export function decodeBase64(digits: string): Buffer | null {
  const bytes = Buffer.from(digits, 'base64');
  return encodeBase64(bytes) === digits ? bytes : null;
}

async function readVersion(pull: Pull): Promise<void> {
  const start = await pull.take(VERSION_LINE.length + 1);
  if (start.toString('latin1') === `${VERSION_LINE}\n`) return;
  const text = start.toString('latin1');
  if (text.length > 0 && `${VERSION_LINE}\n`.startsWith(text)) throw truncated('onlyFirstBytes');
  const version = /^age-encryption\.org\/v([1-9][0-9]*)/.exec(text)?.[1];
  // Copied as if it were a text: its lines end otherwise.
  if (version === '1') throw malformed();
  if (version) throw formatNewer('ageVersionNewer');
  throw notAnArchive(text.length === 0 ? 'archiveEmpty' : 'notAnAgeFile');
}

function finishHeader(pull: Pull, lines: string[], stanzas: Stanza[]): AgeHeader {
  const line = lines.pop() ?? '';
  const mac = line.startsWith('--- ') ? decodeBase64(line.slice('--- '.length)) : null;
  if (mac?.length !== MAC_BYTES || stanzas.length === 0) throw malformed();
  const authenticated = Buffer.from([...lines, '---'].join('\n'), 'latin1');
  return { stanzas, mac, authenticated, bytes: pull.position };
}

/** Full lines, then one that is shorter, even if empty. */
async function readBody(pull: Pull, lines: string[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const line = await readLine(pull);
    lines.push(line);
    const piece = line.length <= LINE_DIGITS ? decodeBase64(line) : null;
    if (!piece) throw malformed();
    pieces.push(piece);
    if (line.length < LINE_DIGITS) return Buffer.concat(pieces);
  }
}

async function readLine(pull: Pull): Promise<string> {
  const room = MAX_HEADER_BYTES - pull.position;
  const line = await pull.takeUntil(NEWLINE, room);
  if (line) return line.toString('latin1');
  if ((await pull.take(room)).length < room) throw truncated('headerUnfinished');
  throw malformed();
}

function stanzaLines({ args, body }: Stanza): string[] {
  const digits = encodeBase64(body);
  const lines: string[] = [];
  for (let at = 0; at <= digits.length; at += LINE_DIGITS)
    lines.push(digits.slice(at, at + LINE_DIGITS));
  return [`-> ${args.join(' ')}`, ...lines];
}

function headerMac(fileKey: Buffer, authenticated: Buffer): Buffer {
  const key = Buffer.from(hkdfSync('sha256', fileKey, Buffer.alloc(0), 'header', MAC_BYTES));
  return createHmac('sha256', key).update(authenticated).digest();
}

function malformed() {
  return altered('headerMalformed');
}
