import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import { firstOf } from '#engine/store/first-of.ts';
import type { Place } from '#engine/store/place.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { failureOf } from '#errors';
import { failureColumn } from '#vault/failures.ts';
import type { Server } from '../server.ts';
import { isDamage } from './check-copies.ts';
import { type CopyRow, writeCopy } from './copy-rows.ts';
import type { DestinationRow } from './destination-rows.ts';
import { newestStates } from './inventory-rows.ts';

/** States of the vault that stay. */
const STATES_KEPT = 3;

export interface NeededObjects {
  /** Everything that must stay there. */
  readonly names: ReadonlySet<string>;
  /** What whole copies need, which must be there. */
  readonly byWhole: ReadonlySet<string>;
  /** Copies of which nobody can say what they need: nothing may be removed. */
  readonly unknown: number;
}

/** Finds what these copies need. A whole copy that cannot be read is marked as one that failed its restore test. */
export async function neededObjects(
  server: Server,
  place: Place,
  row: DestinationRow,
  copies: readonly CopyRow[],
  signal: AbortSignal,
): Promise<NeededObjects> {
  const byWhole = new Set<string>();
  const others = new Set<string>(await newestStates(server.pool, row.id, STATES_KEPT));
  const walk = new Walk(server, place);
  let unknown = 0;
  for (const copy of copies) {
    signal.throwIfAborted();
    const into = copy.status === 'HERE' ? byWhole : others;
    into.add(copy.manifestObject);
    try {
      await walk.into(into, copy);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      // A copy that was never whole, and whose backup is gone here, needs nothing any more.
      if (!copy.sentAt) continue;
      unknown++;
      const testError = failureColumn(failureOf(thrown));
      await writeCopy(server.vault, copy, { testFailedAt: server.now(), testError });
    }
  }
  return { names: new Set([...byWhole, ...others]), byWhole, unknown };
}

/** Reads here what is here, which costs nothing; and there where that is damaged. */
class Walk {
  readonly #server: Server;
  readonly #place: Place;
  readonly #stores: readonly ObjectStore[];

  constructor(server: Server, place: Place) {
    this.#server = server;
    this.#place = place;
    this.#stores = [firstOf(server.store, place.store), place.store];
  }

  async into(names: Set<string>, { manifestObject }: CopyRow): Promise<void> {
    const [first, second = this.#place.store] = this.#stores;
    try {
      await this.#walk(first ?? second, names, manifestObject);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      await this.#walk(second, names, manifestObject);
    }
  }

  async #walk(store: ObjectStore, names: Set<string>, manifestObject: string): Promise<void> {
    const { keys } = this.#server;
    const manifest = await readManifest(store, keys, manifestObject);
    for await (const ref of manifestChunks(store, keys, manifest)) names.add(chunkObject(ref));
  }
}
