import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';

/** Enough to tell the encoding of all the rest. */
const LOOKED_AT_BYTES = 4 * 1024 ** 2;
const LONGEST_CHARACTER_BYTES = 4;
const PIECE_BYTES = 256 * 1024;

/**
 * The text of a file: as its byte order mark says, else UTF-8 where its beginning is, else Windows-1252, in which
 * Excel saves CSV files in Portuguese and Spanish.
 */
export async function* decodeText(file: FileHandle): AsyncIterable<string> {
  const decoder = new TextDecoder(await encodingOf(file));
  const { size } = await file.stat();
  for (let at = 0; at < size; ) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    yield decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
  }
  yield decoder.decode();
}

async function encodingOf(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(LOOKED_AT_BYTES),
    0,
    LOOKED_AT_BYTES,
    0,
  );
  const head = buffer.subarray(0, bytesRead);
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return isUtf8(wholeCharacters(head)) ? 'utf-8' : 'windows-1252';
}

/** Without a character of UTF-8 that the end of the piece may have cut. */
function wholeCharacters(head: Buffer): Buffer {
  if (head.length < LOOKED_AT_BYTES) return head;
  for (let at = head.length - 1; at > head.length - 1 - LONGEST_CHARACTER_BYTES; at--)
    if ((head[at] ?? 0) < 0x80 || (head[at] ?? 0) >= 0xc0) return head.subarray(0, at);
  return head;
}
