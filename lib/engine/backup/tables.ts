import type { Client } from 'pg';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ManifestTable } from '../ports.ts';
import type { Table } from '../postgres/introspect.ts';
import { lockTable, type Snapshot } from '../postgres/snapshot.ts';
import type { WholeReason } from '../rowmap/fits.ts';
import { MapMismatch } from '../rowmap/mismatch.ts';
import type { RowMap, TableMap } from '../rowmap/row-map.ts';
import { type HowToRead, type MapPlan, planMaps } from './map-plan.ts';
import { type Copying, readByMap, readWholeTable, type TableRead } from './read-table.ts';
import type { CreateRequest } from './request.ts';

const READERS = 2;

export interface CopiedTables {
  /** By name. */
  readonly tables: readonly ManifestTable[];
  /** Null where no row map can be made. */
  readonly rowMap: RowMap | null;
  readonly reads: readonly HowRead[];
}

/** How a table was read. */
export interface HowRead {
  readonly table: string;
  /** Null: by its row map. */
  readonly whole: WholeReason | null;
  /** Bytes of text that were taken over and compared with the rope. */
  readonly comparedBytes: number;
}

interface CopiedTable {
  readonly table: ManifestTable;
  readonly map: TableMap | null;
  readonly read: HowRead;
}

/** Reads every table of the snapshot, several side by side, the largest first. */
export async function copyTables(
  request: CreateRequest,
  snapshot: Snapshot,
  writer: ChunkWriter,
): Promise<CopiedTables> {
  const plan = await planMaps(request, snapshot);
  const waiting = [...snapshot.tables].sort((a, b) => heapOf(snapshot, b) - heapOf(snapshot, a));
  const copying = { request, snapshot, writer, progress: progressOf(request, snapshot) };
  const finished: Promise<CopiedTable>[] = [];
  const readers = Array.from(
    { length: Math.min(request.readers ?? READERS, waiting.length) },
    async () => {
      const hand = await Hand.open(copying, plan);
      for (let table = waiting.shift(); table; table = waiting.shift())
        finished.push(...(await hand.copy(table)));
    },
  );
  try {
    await Promise.all(readers);
    return collected(request, plan, await Promise.all(finished));
  } catch (error) {
    // One reader failed: the others lose their connections, and all have ended before this throws.
    await snapshot[Symbol.asyncDispose]();
    await Promise.allSettled([...readers, ...finished]);
    throw error;
  }
}

function collected(
  { metadata }: CreateRequest,
  { plant }: MapPlan,
  copied: readonly CopiedTable[],
): CopiedTables {
  const byName = copied.toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.table.name), Buffer.from(b.table.name)),
  );
  const maps = byName.flatMap(({ map }) => (map ? [map] : []));
  return {
    tables: byName.map(({ table }) => table),
    rowMap: plant && { backupId: metadata.backupId, plant, tables: maps },
    reads: byName.map(({ read }) => read),
  };
}

/** A connection that reads one table after the other. */
class Hand {
  readonly #copying: Copying;
  readonly #plan: MapPlan;
  #reader: Client;

  private constructor(copying: Copying, plan: MapPlan, reader: Client) {
    this.#copying = copying;
    this.#plan = plan;
    this.#reader = reader;
  }

  static async open(copying: Copying, plan: MapPlan): Promise<Hand> {
    return new Hand(copying, plan, await copying.snapshot.openReader());
  }

  /** The table as it will be once its chunks are stored: in an array, because `await` would wait for that. */
  async copy(table: Table): Promise<[Promise<CopiedTable>]> {
    const { signal } = this.#copying.request;
    const { read, whole } = await this.#read(table, this.#plan.of(table));
    signal.throwIfAborted();
    const copied = read.finished.then((done) => ({
      ...done,
      read: { table: table.name, whole, comparedBytes: read.comparedBytes },
    }));
    copied.catch(() => {});
    return [copied];
  }

  /** By its map, or whole where there is none that fits, or where the rows are not what the map says. */
  async #read(
    table: Table,
    how: HowToRead,
  ): Promise<{ read: TableRead; whole: WholeReason | null }> {
    if (how.mapped) {
      const { mapped } = how;
      try {
        const read = await this.#locked(table, () =>
          readByMap(this.#copying, this.#reader, table, mapped),
        );
        return { read, whole: null };
      } catch (error) {
        if (!(error instanceof MapMismatch)) throw error;
        // A statement that is not read to its end costs the connection.
        this.#reader = await this.#copying.snapshot.openReader();
        return { read: await this.#whole(table, how), whole: error.reason };
      }
    }
    return { read: await this.#whole(table, how), whole: how.whole };
  }

  #whole(table: Table, { identified }: HowToRead): Promise<TableRead> {
    return this.#locked(table, () =>
      readWholeTable(this.#copying, this.#reader, table, identified),
    );
  }

  async #locked<T>(table: Table, work: () => Promise<T>): Promise<T> {
    const check = await lockTable(this.#reader, this.#copying.snapshot.schema, table);
    const result = await work();
    await check();
    return result;
  }
}

function heapOf(snapshot: Snapshot, table: Table): number {
  return snapshot.heapBytes.get(table.name) ?? 0;
}

/** The total is what the last backup read, or the size on disk: close enough for a progress bar. */
function progressOf(request: CreateRequest, snapshot: Snapshot): (bytes: number) => void {
  const before = new Map(request.previous?.tables.map((table) => [table.name, table.bytes]));
  const total = snapshot.tables.reduce(
    (sum, table) => sum + (before.get(table.name) ?? heapOf(snapshot, table)),
    0,
  );
  let done = 0;
  return (bytes) => {
    done += bytes;
    request.report('tables', done, Math.max(total, done), 'bytes');
  };
}
