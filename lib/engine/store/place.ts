import type { LookupFunction } from 'node:net';
import type { ObjectStore } from './port.ts';
import type { StorageClass } from './storage-class.ts';

/**
 * A place off the machine, opened. Every operation of `store` fails with DESTINATION_UNUSABLE where the place does,
 * but for CHUNK_MISSING; the store has tried again by then where that could help.
 */
export interface Place extends AsyncDisposable {
  /** As people write it, without secrets. */
  readonly url: string;
  readonly store: ObjectStore;
  /** The place itself compares what arrives with a checksum that is sent along. Where not, the sender reads it back. */
  readonly comparesChecksums: boolean;
  /** What was asked of the place so far, as its bills count; null where nobody bills requests. */
  readonly usage: PlaceUsage | null;
  /** Up to `bytes` bytes of an object from `start` on. Throws CHUNK_MISSING. */
  part(name: string, start: number, bytes: number): Promise<Buffer>;
  /** As `store.list`, asking for so few names at a time, where the place lists page by page. */
  listBy(prefix: string, atOnce: number): ReturnType<ObjectStore['list']>;
  /** Object Lock, where the kind of place knows it; whether the bucket does is found out by its test. */
  readonly lock?: PlaceLock;
  /** Storage classes, where the kind of place knows them; whether the bucket does is found out by sending. */
  readonly classes?: PlaceClasses;
  /** The place's clock; null where it does not tell. */
  clock(): Promise<Date | null>;
}

/**
 * Objects that nobody can remove before a time of the place's clock, whatever keys they hold. Buckets with Object Lock
 * keep every version of an object: a removal without naming them only hides it.
 */
export interface PlaceLock {
  /** As `put` of the store, locked until then; in a storage class where one is named. */
  put(
    name: string,
    bytes: Uint8Array,
    until: Date,
    storageClass?: StorageClass | null,
  ): Promise<void>;
  /** Locks the object until then, or leaves a longer lock. Answers until when it is locked; null: there is none. */
  extend(name: string, until: Date): Promise<Date | null>;
  /**
   * Removes all versions of the object that are not locked. Answers when the last of the others is free; null: nothing
   * of it is left.
   */
  remove(name: string): Promise<Date | null>;
}

/** Classes in which objects lie. What is frozen cannot be read before it was thawed: `placeFrozen`. */
export interface PlaceClasses {
  /** As `put` of the store, in this class. */
  put(name: string, bytes: Uint8Array, storageClass: StorageClass): Promise<void>;
  /**
   * Asks for the object to be readable for so many days, unless somebody has asked already. READY: it can be read now,
   * as what was never frozen, or is not there at all.
   */
  thaw(name: string, days: number): Promise<Thaw>;
}

export type Thaw = 'READY' | 'UNDER_WAY';

/** Requests, those that failed too, and bytes in both directions. */
export interface PlaceUsage {
  /** PUT, POST and LIST. */
  readonly writes: number;
  /** GET and HEAD. */
  readonly reads: number;
  readonly sentBytes: number;
  readonly readBytes: number;
}

export interface OpenPlaceOptions {
  /** Checks the address that a connection is made to. */
  readonly lookup?: LookupFunction;
  /** Ends requests under way, and waits between tries. */
  readonly signal?: AbortSignal;
}
