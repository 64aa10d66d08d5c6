import type { LookupFunction } from 'node:net';
import type { ObjectStore } from './port.ts';

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
  /** The place's clock; null where it does not tell. */
  clock(): Promise<Date | null>;
}

export interface OpenPlaceOptions {
  /** Checks the address that a connection is made to. */
  readonly lookup?: LookupFunction;
  /** Ends requests under way, and waits between tries. */
  readonly signal?: AbortSignal;
}
