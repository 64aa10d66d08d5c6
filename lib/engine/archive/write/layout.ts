import { createHash, hkdfSync } from 'node:crypto';
import { type AheadLimits, mapAhead } from '#engine/ahead.ts';
import { aheadIn } from '#engine/chunks/fetch-ahead.ts';
import { release } from '#engine/memory/release.ts';
import type { Manifest } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { encodeHeader, FILE_KEY_BYTES } from '../container/age/header.ts';
import { SALT_BYTES, wrapFileKey } from '../container/age/server-stanza.ts';
import {
  ciphertextSize,
  PAYLOAD_NONCE_BYTES,
  payloadKey,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  SegmentSealer,
} from '../container/age/stream.ts';
import { pointOf, wrapForRecipient } from '../container/age/x25519.ts';
import { entryTime } from '../container/archive-manifest.ts';
import { storedMember } from '../container/gzip.ts';
import { TAR_END_BYTES } from '../container/tar.ts';
import {
  type FileMember,
  type FileSection,
  fetchMember,
  membersBetween,
  type OpenPart,
  openFileList,
  openMember,
  surveyFiles,
} from './file-section.ts';
import { LAYOUT_VERSION } from './head.ts';
import { manifestInHead } from './head-manifest.ts';
import { HEAD_PIECE_BYTES, type HeadReader } from './stored-head.ts';

export interface LayoutRequest {
  readonly manifest: Manifest;
  readonly head: HeadReader;
  readonly keys: ServerKeys;
  readonly store: ObjectStore;
  /** The whole archive was read for its digest, which compared the id of every chunk: skip that comparison. */
  readonly digested: boolean;
  /** How far objects of a near store are read ahead. */
  readonly ahead?: AheadLimits;
  /** CRC-32 of the plaintext of each member of the files, as `noteSum` was told before. */
  readonly sums?: Uint32Array | null;
  /** Told the CRC-32 of each member that is read, in order. */
  readonly noteSum?: (sum: number) => void;
}

/** The archive of a backup: a pure function of its manifest and its head. */
export interface ArchiveLayout {
  /** Exact. */
  readonly size: number;
  /** Strong (RFC 9110 section 8.8.3), quotes included. */
  readonly etag: string;
  /**
   * Bytes [start, end), without reading what precedes them, in runs of pieces of at most 64 KiB. A run is
   * sealed while it is iterated; a piece is valid until the next one is asked for. Throws CHUNK_MISSING,
   * CHUNK_CORRUPT or the signal's reason, also while a run is iterated; never ends early without throwing.
   */
  read(start?: number, end?: number, signal?: AbortSignal): AsyncGenerator<Iterable<Buffer>, void>;
}

/** Reading ahead keeps the thread pool busy while the socket is, and the other way round. */
const AHEAD: AheadLimits = { most: 8, mostWeight: 4 * 1024 * 1024 };

/** Walks over the list of files once. Keeps about 30 bytes of memory for 500 files. */
export async function openLayout(request: LayoutRequest): Promise<ArchiveLayout> {
  const { store, keys, manifest } = request;
  const section = await surveyFiles(store, keys, manifest);
  const plain = new PlainLayout(request, section);
  const json = await manifestInHead(request.head);
  const manifestDigest = createHash('sha256').update(json).digest();
  const secrets = secretsOf(request, section, manifestDigest);
  const about = {
    backupId: manifest.metadata.backupId,
    salt: secrets.stanzaSalt,
    manifestDigest,
    plainBytes: plain.bytes,
  };
  const stanzas = [
    wrapFileKey(keys, about, secrets.fileKey),
    wrapForRecipient(pointOf(keys.recovery), secrets.ephemeral, secrets.fileKey),
  ];
  const prelude = Buffer.concat([encodeHeader(stanzas, secrets.fileKey), secrets.payloadNonce]);
  const key = payloadKey(secrets.fileKey, secrets.payloadNonce);
  const size = prelude.length + ciphertextSize(plain.bytes);

  async function* read(start = 0, end = size, signal?: AbortSignal) {
    if (start < 0 || end > size || start > end) throw new RangeError('Outside of the archive');
    if (start < prelude.length && start < end) yield [prelude.subarray(start, end)];
    const from = Math.max(0, start - prelude.length);
    const to = end - prelude.length;
    if (from < to) yield* sealRange(key, plain, from, to, signal);
  }

  return { size, etag: `"${secrets.tag.toString('base64url')}"`, read };
}

/** Bytes [from, to) of the payload after its nonce. */
async function* sealRange(
  key: Buffer,
  plain: PlainLayout,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<Iterable<Buffer>, void> {
  const first = Math.floor(from / SEALED_SEGMENT_BYTES);
  const end = Math.ceil(to / SEALED_SEGMENT_BYTES);
  const sealer = new SegmentSealer(key, plain.bytes, first);
  let at = first * SEALED_SEGMENT_BYTES;
  const source = plain.read(first * SEGMENT_BYTES, Math.min(plain.bytes, end * SEGMENT_BYTES));
  function* run(pieces: Buffer[]): Generator<Buffer, void> {
    for (const piece of pieces)
      for (const sealed of sealer.take(piece)) {
        signal?.throwIfAborted();
        const wanted = sealed.subarray(Math.max(0, from - at), Math.max(0, to - at));
        at += sealed.length;
        if (wanted.length > 0) yield wanted;
      }
  }
  for await (const pieces of source) yield run(pieces);
  if (at < to) throw new RangeError('A run was not iterated to its end');
}

/** The gzip stream: the head, the files' members, and one for the end of the tar. */
class PlainLayout {
  readonly bytes: number;
  readonly #request: LayoutRequest;
  readonly #section: FileSection;
  readonly #end: Buffer;
  readonly #list: ReturnType<typeof openFileList>;

  constructor(request: LayoutRequest, section: FileSection) {
    this.#request = request;
    this.#section = section;
    this.#list = openFileList(request.store, request.keys);
    this.#end = Buffer.concat(storedMember([Buffer.alloc(TAR_END_BYTES)]));
    this.bytes = request.head.bytes + section.bytes + this.#end.length;
  }

  /** Exactly the bytes [start, end), part by part. A part's pieces are valid until the next part is asked for. */
  async *read(start: number, end: number): AsyncGenerator<Buffer[], void> {
    const fetched = mapAhead(
      this.#parts(start, end),
      this.#request.store.far ? aheadIn(this.#request.store) : (this.#request.ahead ?? AHEAD),
      async (part) => ({ part, open: await part.fetch() }),
      (part) => part.bytes,
    );
    let given = 0;
    for await (const { part, open } of fetched) {
      const { pieces, done } = await open();
      let at = part.start;
      const wanted = pieces.map((piece) => {
        const from = at;
        at += piece.length;
        return piece.subarray(Math.max(0, start - from), Math.max(0, end - from));
      });
      if (at !== part.start + part.bytes)
        throw new RangeError('A part of the archive has another size');
      for (const piece of wanted) given += piece.length;
      yield wanted;
      done();
    }
    if (given !== end - start) throw new RangeError('Parts of the archive do not meet');
  }

  async *#parts(start: number, end: number): AsyncGenerator<Part, void> {
    const { head } = this.#request;
    for (let at = start; at < Math.min(end, head.bytes); ) {
      const bytes = Math.min(HEAD_PIECE_BYTES - (at % HEAD_PIECE_BYTES), head.bytes - at, end - at);
      const from = at;
      yield {
        start: at,
        bytes,
        fetch: async () => {
          const pieces = await gather(head.read(from, from + bytes));
          return async () => ({ pieces, done: () => {} });
        },
      };
      at += bytes;
    }
    const shifted = (offset: number) => Math.max(0, offset - head.bytes);
    const from = shifted(start);
    const to = Math.min(shifted(end), this.#section.bytes);
    if (from < to)
      for await (const member of membersBetween(this.#list, this.#section, from, to))
        yield {
          start: head.bytes + member.start,
          bytes: member.bytes,
          fetch: () => this.#fetch(member),
        };
    const endStart = head.bytes + this.#section.bytes;
    if (end > endStart)
      yield {
        start: endStart,
        bytes: this.#end.length,
        fetch: async () => async () => ({ pieces: [this.#end], done: () => {} }),
      };
  }

  /** Reads the chunk; it is opened when it is its turn, and sealed anew at once. */
  async #fetch(member: FileMember): Promise<() => Promise<OpenPart>> {
    const { store, keys, manifest, digested, sums, noteSum } = this.#request;
    const sealed = await fetchMember(store, member);
    return async () => {
      const opened = await openMember(keys, member, sealed, {
        modifiedAt: entryTime(manifest),
        idCompared: digested,
        sum: sums?.[member.number],
      });
      if (sealed) release(sealed);
      noteSum?.(opened.sum);
      return opened;
    };
  }
}

/** A stretch of the plaintext that is read at once. */
interface Part {
  readonly start: number;
  readonly bytes: number;
  /** Reads what the part needs; the result opens it when its turn comes. */
  fetch(): Promise<() => Promise<OpenPart>>;
}

async function gather(source: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return pieces;
}

/**
 * Derives every secret from the archive subkey, salted with all that determines the archive's bytes. One key
 * never seals different bytes, and the same archive always has the same bytes.
 */
function secretsOf({ keys, head }: LayoutRequest, { cuts }: FileSection, manifestDigest: Buffer) {
  const lines = [
    `fiberkeep/archive/layout ${LAYOUT_VERSION}`,
    manifestDigest.toString('hex'),
    head.sha256,
    cuts,
  ];
  const salt = createHash('sha256')
    .update(`${lines.join('\n')}\n`)
    .digest();
  const derive = (label: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', keys.archive, salt, `fiberkeep/archive/${label}/v1`, bytes));
  return {
    fileKey: derive('file-key', FILE_KEY_BYTES),
    payloadNonce: derive('payload-nonce', PAYLOAD_NONCE_BYTES),
    stanzaSalt: derive('stanza-salt', SALT_BYTES),
    ephemeral: derive('ephemeral', 32),
    tag: derive('etag', 16),
  };
}
