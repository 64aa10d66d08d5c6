import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { VaultAccess } from '#engine/store/vault-store.ts';
import type { Failure } from '#errors';
import { SEALED_SEGMENT_BYTES } from '../container/age/stream.ts';

/** Messages between a process and its threads that read archives. */

/** Where an archive is read from: its manifest, and the kept head. */
export interface ArchivePlace {
  readonly manifestObject: string;
  readonly head: { readonly name: string; readonly bytes: number; readonly sha256: string };
  /** Whether all of it was read for its digest, which compares the id of every chunk. */
  readonly digested: boolean;
}

/** What a thread is started with. */
export interface ThreadData {
  /** Credentials are not passed: a thread has the environment of its process. */
  readonly vault: VaultAccess;
  readonly keys: ServerKeys;
}

/** Several sealed segments: each transfer between threads has its price. */
export const SLOT_BYTES = 16 * SEALED_SEGMENT_BYTES;

/** Each request has its own `id`; its answers repeat it. */
export type ToThread = { readonly id: number } & (
  | { readonly kind: 'open'; readonly place: ArchivePlace }
  | {
      readonly kind: 'read';
      readonly place: ArchivePlace;
      readonly start: number;
      readonly end: number;
      /** How many pieces may be in transit. */
      readonly slots: number;
    }
  /** The reader is done with the piece. */
  | { readonly kind: 'free'; readonly slot: ArrayBuffer }
  | { readonly kind: 'stop' }
);

export type FromThread = { readonly id: number } & (
  | { readonly kind: 'opened'; readonly size: number; readonly etag: string }
  /** Hands SLOT_BYTES of memory to the reader, who returns it by `free`. */
  | { readonly kind: 'piece'; readonly slot: ArrayBuffer; readonly bytes: number }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'failed';
      readonly error: Failure;
      /** The kept head could not be read. */
      readonly head: boolean;
    }
);
