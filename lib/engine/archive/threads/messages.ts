import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { Failure } from '#errors';

/** What a process and its threads that read archives say to each other. */

/** Where an archive is read from: its manifest, and the kept head. */
export interface ArchivePlace {
  readonly manifestObject: string;
  readonly head: { readonly name: string; readonly bytes: number; readonly sha256: string };
  /** Whether all of it was read for its digest, which compared the id of every chunk. */
  readonly digested: boolean;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly storeFolder: string;
  readonly keys: ServerKeys;
}

/** Sixteen sealed segments of an archive: each piece that changes hands has its price. */
export const SLOT_BYTES = 16 * (64 * 1024 + 16);

/** Every request has an `id` of its own, under which it is answered. */
export type ToThread = { readonly id: number } & (
  | { readonly kind: 'open'; readonly place: ArchivePlace }
  | {
      readonly kind: 'read';
      readonly place: ArchivePlace;
      readonly start: number;
      readonly end: number;
      /** How many pieces may be on their way. */
      readonly slots: number;
    }
  /** The reader is done with the piece. */
  | { readonly kind: 'free'; readonly slot: ArrayBuffer }
  | { readonly kind: 'stop' }
);

export type FromThread = { readonly id: number } & (
  | { readonly kind: 'opened'; readonly size: number; readonly etag: string }
  /** Its memory, of SLOT_BYTES, goes to the reader, who gives it back by `free`. */
  | { readonly kind: 'piece'; readonly slot: ArrayBuffer; readonly bytes: number }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'failed';
      readonly error: Failure;
      /** The kept head could not be read. */
      readonly head: boolean;
    }
);
