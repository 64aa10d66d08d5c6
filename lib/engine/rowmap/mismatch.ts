import type { WholeReason } from './fits.ts';

/** Ends the read of a table by its map: it is read whole instead. */
export class MapMismatch extends Error {
  readonly reason: Extract<WholeReason, 'ropeUnreadable' | 'rowsDiffer'>;

  constructor(reason: MapMismatch['reason'], table: string) {
    super(`The row map of ${table}: ${reason}`);
    this.reason = reason;
  }
}
