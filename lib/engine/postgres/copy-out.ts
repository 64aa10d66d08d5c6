import type { Client, Connection, Submittable } from 'pg';
import { BufferPool } from '../memory/buffer-pool.ts';
import { CopySocket } from '../memory/copy-socket.ts';

/** Whole rows of COPY text, and where each ends (the offset after its newline). */
export interface RowPiece {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
}

const PIECE_BYTES = 256 * 1024;
/** Twice what the socket gives at once: it is put behind the piece. */
const UNPARSED_BYTES = 128 * 1024;
const BUFFER_BYTES = PIECE_BYTES + UNPARSED_BYTES;
const MAX_WAITING = 2;

// PostgreSQL protocol, "Message Formats": a type byte, then the length, its own four bytes included.
const LENGTH_BYTES = 4;
const HEADER_BYTES = 1 + LENGTH_BYTES;
const COPY_DATA = 'd'.charCodeAt(0);
const COPY_DONE = 'c'.charCodeAt(0);
const COPY_OUT_RESPONSE = 'H'.charCodeAt(0);
/** Notice, parameter status and notification may come between rows; pg's own parser reads them. */
const ASIDES = new Set(['N', 'S', 'A'].map((type) => type.charCodeAt(0)));

/**
 * Runs `COPY … TO STDOUT` (text) and yields its rows in pieces of about 256 KiB, however large the table;
 * a row larger than that is a piece of its own. A piece is good until the next is asked for. It takes the
 * bytes straight from the socket, because building an object for each row costs more than all the rest. Throws what PostgreSQL says, or the signal's reason;
 * after an abort, or where the caller stops early, the connection is closed. Quickest over a CopySocket.
 */
export async function* copyOut(
  client: Client,
  sql: string,
  signal?: AbortSignal,
): AsyncGenerator<RowPiece, void> {
  signal?.throwIfAborted();
  const copy = new CopyOut(sql);
  const abort = () => copy.fail(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  client.query(copy);
  try {
    for (let piece = await copy.next(); piece; piece = await copy.next()) yield piece;
  } finally {
    signal?.removeEventListener('abort', abort);
    if (!copy.over) client.connection.stream.destroy();
  }
}

type DataListener = (bytes: Buffer) => void;

/** A query of pg's client whose answer is parsed here, up to CopyDone. */
class CopyOut implements Submittable {
  /** The server has ended the COPY: the connection can be used again. */
  over = false;
  readonly #sql: string;
  readonly #framing = new Framing();
  readonly #waiting: RowPiece[] = [];
  #lent: RowPiece | null = null;
  #connection: Connection | null = null;
  #ours: DataListener | null = null;
  #theirs: DataListener[] = [];
  #error: unknown = null;
  #wake: (() => void) | null = null;

  constructor(sql: string) {
    this.#sql = sql;
  }

  submit = (connection: Connection): void => {
    this.#connection = connection;
    this.#theirs = connection.stream.listeners('data') as DataListener[];
    connection.stream.removeAllListeners('data');
    this.#ours = (bytes) => this.#take(bytes);
    connection.stream.on('data', this.#ours);
    // `take` keeps nothing of what it is given.
    CopySocket.lendBuffer(connection.stream, true);
    connection.query(this.#sql);
  };

  /** The next piece, or null at the end. The memory of the one before is filled again. */
  async next(): Promise<RowPiece | null> {
    if (this.#lent) this.#framing.reuse(this.#lent);
    this.#lent = null;
    for (;;) {
      if (this.#error) throw this.#error;
      const piece = this.#waiting.shift();
      if (piece) {
        this.#lent = piece;
        if (this.#waiting.length < MAX_WAITING) this.#connection?.stream.resume();
        return piece;
      }
      if (this.over) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  fail(error: unknown): void {
    this.#error ??= error ?? new Error('COPY failed');
    this.#wakeReader();
  }

  #take(bytes: Buffer): void {
    const rest = this.#framing.push(bytes);
    for (const aside of this.#framing.asides.splice(0))
      for (const listener of this.#theirs) listener(aside);
    for (const piece of this.#framing.pieces.splice(0)) this.#waiting.push(piece);
    if (rest) this.#handBack(rest);
    else if (this.#waiting.length >= MAX_WAITING) this.#connection?.stream.pause();
    if (this.#waiting.length > 0) this.#wakeReader();
  }

  /** Gives the socket back to pg's own parser, with what came after the rows. */
  #handBack(rest: Buffer): void {
    const stream = this.#connection?.stream;
    if (!stream || !this.#ours) return;
    stream.removeListener('data', this.#ours);
    CopySocket.lendBuffer(stream, false);
    this.#ours = null;
    for (const listener of this.#theirs) stream.on('data', listener);
    for (const listener of this.#theirs) listener(rest);
    stream.resume();
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = null;
  }

  // pg's client calls these on a query once it reads the socket again.

  handleError(error: unknown): void {
    if (this.#ours) this.#handBack(Buffer.alloc(0));
    this.over = true;
    this.fail(error);
  }

  handleReadyForQuery(): void {
    this.over = true;
    this.#wakeReader();
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
}

/**
 * Takes the framing off. New bytes are put behind those that are here. The rows are moved down over
 * their headers in place (copyWithin), which costs a fraction of copying each row.
 */
class Framing {
  readonly pieces: RowPiece[] = [];
  readonly asides: Buffer[] = [];
  readonly #buffers = new BufferPool({ bufferBytes: BUFFER_BYTES, maxFree: MAX_WAITING + 1 });
  #buffer = this.#buffers.take();
  /** Rows are in [0, rowsEnd), unparsed bytes in [parsed, filled). */
  #rowsEnd = 0;
  #parsed = 0;
  #filled = 0;
  #ends = new Uint32Array(4096);
  #rows = 0;

  /** Null while rows may follow; else all bytes from the first message that pg's parser must read. */
  push(bytes: Buffer): Buffer | null {
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
    for (;;) {
      if (this.#filled - this.#parsed < HEADER_BYTES) return null;
      const type = this.#buffer[this.#parsed] ?? 0;
      const length = this.#lengthAt(this.#parsed + 1) - LENGTH_BYTES;
      const start = this.#parsed + HEADER_BYTES;
      const ours = type === COPY_DATA || type === COPY_OUT_RESPONSE;
      if (!ours && !ASIDES.has(type)) return this.#finish(type, start);
      if (start + length > this.#filled) return null;
      if (type === COPY_DATA) this.#addRow(start, length);
      else if (!ours)
        this.asides.push(Buffer.from(this.#buffer.subarray(this.#parsed, start + length)));
      this.#parsed = start + length;
      if (this.#rowsEnd >= PIECE_BYTES) this.#emit();
    }
  }

  /** readUInt32BE without its checks, which cost too much for every row. */
  #lengthAt(at: number): number {
    const buffer = this.#buffer;
    const high = ((buffer[at] ?? 0) << 16) | ((buffer[at + 1] ?? 0) << 8) | (buffer[at + 2] ?? 0);
    return high * 256 + (buffer[at + 3] ?? 0);
  }

  #addRow(start: number, length: number): void {
    this.#buffer.copyWithin(this.#rowsEnd, start, start + length);
    this.#rowsEnd += length;
    if (this.#rows === this.#ends.length) this.#ends = grown(this.#ends);
    this.#ends[this.#rows++] = this.#rowsEnd;
  }

  #finish(type: number | undefined, start: number): Buffer {
    const rest = this.#buffer.subarray(type === COPY_DONE ? start : this.#parsed, this.#filled);
    const copy = Buffer.from(rest);
    if (this.#rows > 0) this.#emit();
    return copy;
  }

  #emit(): void {
    this.pieces.push({
      bytes: this.#buffer.subarray(0, this.#rowsEnd),
      ends: this.#ends.slice(0, this.#rows),
    });
    const next = this.#buffers.take(PIECE_BYTES + this.#filled - this.#parsed);
    this.#buffer.copy(next, 0, this.#parsed, this.#filled);
    this.#filled -= this.#parsed;
    this.#buffer = next;
    this.#parsed = this.#rowsEnd = this.#rows = 0;
  }

  /** Takes back the memory of a piece. */
  reuse(piece: RowPiece): void {
    this.#buffers.give(piece.bytes);
  }

  #makeRoom(bytes: number): void {
    if (this.#filled + bytes <= this.#buffer.length) return;
    this.#buffer.copyWithin(this.#rowsEnd, this.#parsed, this.#filled);
    this.#filled -= this.#parsed - this.#rowsEnd;
    this.#parsed = this.#rowsEnd;
    if (this.#filled + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#filled + bytes));
    this.#buffer.copy(larger, 0, 0, this.#filled);
    this.#buffer = larger;
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
