import { asciiOf } from './fold.ts';
import { tidyLine } from './tidy.ts';

/** What most file systems allow, in UTF-8. */
const MOST_BYTES = 255;
/** Characters that Windows or a shell does not take as part of a name. */
const NOT_IN_A_FILE_NAME = /[<>:"/\\|?*\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Names of devices of Windows, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)/iu;
const EXTENSION = /(\.tar)?\.[\p{L}\p{N}_-]{1,16}$/iu;

export interface FileNaming {
  /** Added to the name; without it, the name's own is kept. */
  readonly extension?: string;
  /** The name where nothing of it can be used. */
  readonly otherwise?: string;
  /** Of the name without `extension`, in UTF-8. */
  readonly mostBytes?: number;
}

/**
 * A name as it leaves this server: valid on every system, and nothing else than it looks like. It has no path, no
 * controls, no dots or blanks around it and at most 255 bytes; it is cut between characters, before its extension.
 * What has left once leaves unchanged again.
 */
export function fileNameFor(name: string, naming: FileNaming = {}): string {
  const { extension = '', otherwise = 'file', mostBytes = MOST_BYTES - extension.length } = naming;
  const whole = strip(tidyLine(name).replaceAll(NOT_IN_A_FILE_NAME, '_'));
  const safe = DEVICE.test(whole) ? `_${whole}` : whole;
  return shorten(safe || otherwise, mostBytes, otherwise) + extension;
}

function strip(name: string): string {
  return name.replace(/^[.\s]+|[.\s]+$/gu, '');
}

function shorten(name: string, mostBytes: number, otherwise: string): string {
  if (bytesOf(name) <= mostBytes) return name;
  const ending = EXTENSION.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - ending.length);
  return (strip(firstBytes(stem, mostBytes - bytesOf(ending))) || otherwise) + ending;
}

const utf8 = new TextEncoder();
const bytesOf = (text: string) => utf8.encode(text).length;

/** What people see as whole characters, of at most `most` bytes. */
function firstBytes(text: string, most: number): string {
  let kept = '';
  let bytes = 0;
  for (const { segment } of new Intl.Segmenter('en').segment(text.slice(0, 2 * most))) {
    bytes += bytesOf(segment);
    if (bytes > most) break;
    kept += segment;
  }
  return kept;
}

/** The name for programs that read ASCII alone. Plain letters that stand for others may make a name of their own. */
export function asciiFileName(name: string): string {
  return fileNameFor(asciiOf(fileNameFor(name)));
}
