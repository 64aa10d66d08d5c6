import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { BufferedReader } from '../buffered-reader.ts';
import { altered, formatNewer, notAnArchive, truncated } from '../refusals.ts';

/** C2SP age, "Recipient stanza": a type with its arguments, and a body. */
export interface Stanza {
  readonly args: readonly string[];
  readonly body: Buffer;
}

export interface AgeHeader {
  readonly stanzas: readonly Stanza[];
  readonly mac: Buffer;
  /** What the MAC covers: everything up to and including `---`. */
  readonly authenticated: Buffer;
  /** Bytes of the whole header. */
  readonly bytes: number;
}

export const FILE_KEY_BYTES = 16;
const VERSION_LINE = 'age-encryption.org/v1';
const MAC_BYTES = 32;
/** Lines of a body hold this many bytes; the last line is shorter. */
const LINE_BYTES = 48;
const LINE_DIGITS = (LINE_BYTES / 3) * 4;
/** Ours take 400 bytes; a header for a hundred recipients takes less than 64 KiB. */
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
 * Reads the header, as strictly as the format says. Trust nothing in it before `macFits`. Throws NOT_AN_ARCHIVE, FORMAT_NEWER, ARCHIVE_TRUNCATED or ARCHIVE_ALTERED.
 */
export async function readHeader(reader: BufferedReader): Promise<AgeHeader> {
  await readVersion(reader);
  const lines: string[] = [VERSION_LINE];
  const stanzas: Stanza[] = [];
  for (let line = await readLine(reader); ; line = await readLine(reader)) {
    lines.push(line);
    if (line.startsWith('---')) return finishHeader(reader, lines, stanzas);
    if (!line.startsWith('-> ')) throw malformed();
    const args = line.slice('-> '.length).split(' ');
    // C2SP age: arguments are one or more visible ASCII characters.
    if (!args.every((arg) => /^[\x21-\x7e]+$/.test(arg))) throw malformed();
    stanzas.push({ args, body: await readBody(reader, lines) });
  }
}

/** Whether the header was written by somebody who had the file key. */
export function macFits(header: AgeHeader, fileKey: Buffer): boolean {
  return timingSafeEqual(headerMac(fileKey, header.authenticated), header.mac);
}

/** Base64 as age has it: canonical, without padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** Null for Base64 that is not canonical. */
export function decodeBase64(digits: string): Buffer | null {
  const bytes = Buffer.from(digits, 'base64');
  return encodeBase64(bytes) === digits ? bytes : null;
}

async function readVersion(reader: BufferedReader): Promise<void> {
  const start = await reader.read(VERSION_LINE.length + 1);
  if (start.toString('latin1') === `${VERSION_LINE}\n`) return;
  const text = start.toString('latin1');
  if (text.length > 0 && `${VERSION_LINE}\n`.startsWith(text)) throw truncated('onlyFirstBytes');
  const version = /^age-encryption\.org\/v([1-9][0-9]*)/.exec(text)?.[1];
  // Copied as text: its line ends were changed.
  if (version === '1') throw malformed();
  if (version) throw formatNewer('ageVersionNewer');
  throw notAnArchive(text.length === 0 ? 'archiveEmpty' : 'notAnAgeFile');
}

function finishHeader(reader: BufferedReader, lines: string[], stanzas: Stanza[]): AgeHeader {
  const line = lines.pop() ?? '';
  const mac = line.startsWith('--- ') ? decodeBase64(line.slice('--- '.length)) : null;
  if (mac?.length !== MAC_BYTES || stanzas.length === 0) throw malformed();
  const authenticated = Buffer.from([...lines, '---'].join('\n'), 'latin1');
  return { stanzas, mac, authenticated, bytes: reader.position };
}

/** Full lines, then a shorter one, which may be empty. */
async function readBody(reader: BufferedReader, lines: string[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const line = await readLine(reader);
    lines.push(line);
    const piece = line.length <= LINE_DIGITS ? decodeBase64(line) : null;
    if (!piece) throw malformed();
    pieces.push(piece);
    if (line.length < LINE_DIGITS) return Buffer.concat(pieces);
  }
}

async function readLine(reader: BufferedReader): Promise<string> {
  const room = MAX_HEADER_BYTES - reader.position;
  const line = await reader.readUntil(NEWLINE, room);
  if (line) return line.toString('latin1');
  if ((await reader.read(room)).length < room) throw truncated('headerUnfinished');
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
