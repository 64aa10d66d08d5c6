import { FiberkeepError } from '#errors';
import { ByteReader, ByteWriter } from '../encoding.ts';
import type { Connect, Manifest, ManifestTable } from '../ports.ts';
import { listTables } from '../postgres/introspect.ts';
import { openSnapshot, type Snapshot } from '../postgres/snapshot.ts';
import { identityOf, tableUnmappable } from '../rowmap/fits.ts';
import { identifyPlant, identifyTables } from '../rowmap/identity.ts';
import { mapPartsOf, type SizeSource } from '../rowmap/read-whole.ts';
import { rowMapObject, type TableMap, writeRowMap } from '../rowmap/row-map.ts';
import { tableReader } from '../rowmap/table-reader.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

const NEWLINE = 10;

/** Sizes of the rows of one table, noted while their text is loaded: a byte or two each. */
export class LoadedSizes implements SizeSource {
  readonly #written = new ByteWriter();
  #reader: ByteReader | null = null;

  async *noted(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const piece of text) {
      for (let start = 0; start < piece.length; ) {
        const end = piece.indexOf(NEWLINE, start) + 1;
        this.#written.number(end - start);
        start = end;
      }
      yield piece;
    }
  }

  next(rows: number): Uint32Array {
    this.#reader ??= new ByteReader(this.#written.take());
    const reader = this.#reader;
    return Uint32Array.from({ length: rows }, () => reader.number());
  }

  end(): void {
    this.#reader ??= new ByteReader(this.#written.take());
    if (!this.#reader.atEnd) throw new RangeError('The stage has fewer rows than were loaded');
  }
}

/** A stage that is loaded and checked, and where its row map goes. */
interface StagedPlant {
  readonly connect: Connect;
  readonly schema: string;
  readonly manifest: Manifest;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly mapAttempt: bigint;
  readonly signal: AbortSignal;
}

/**
 * Writes the row map of a stage: COPY puts rows into an empty table in order, so row k of the file is row k of the rope.
 * The first backup after an apply is then as quick as any. Answers its object's name; null where there can be none, or
 * no room for it: a restore needs none.
 */
export async function writeStageMap(
  request: StagedPlant,
  sizes: ReadonlyMap<string, LoadedSizes>,
): Promise<string | null> {
  const { store, keys, manifest, signal } = request;
  await using snapshot = await openSnapshot(request.connect, request.schema, signal);
  const plant = await identifyPlant(snapshot.client);
  if (!plant) return null;
  const { backupId } = manifest.metadata;
  const tables = await mapTables(snapshot, manifest, sizes, signal);
  const object = rowMapObject(backupId, request.mapAttempt);
  try {
    await writeRowMap(store, keys, object, { backupId, plant, tables });
    await store.sync();
  } catch (cause) {
    if (cause instanceof FiberkeepError && cause.code === 'DISK_FULL') return null;
    throw cause;
  }
  return object;
}

async function mapTables(
  snapshot: Snapshot,
  manifest: Manifest,
  sizes: ReadonlyMap<string, LoadedSizes>,
  signal: AbortSignal,
): Promise<TableMap[]> {
  const found = await identifyTables(snapshot.client, snapshot.schema);
  const reader = await snapshot.openReader();
  const maps: TableMap[] = [];
  for (const table of await listTables(snapshot.client, snapshot.schema)) {
    const identified = found.get(table.name);
    const loaded = sizes.get(table.name);
    const held = manifest.tables.find(({ name }) => name === table.name);
    if (!identified || !loaded || !held || !isMappable(held, table.columns)) continue;
    if (tableUnmappable(identified)) continue;
    signal.throwIfAborted();
    const source = tableReader(reader, snapshot.schema, table, identified, signal);
    const parts = await Promise.all(await mapPartsOf(source, loaded));
    maps.push({ identity: identityOf(identified), rope: held.digest, parts });
  }
  return maps;
}

/** Columns made by hand are in the backup's text and not in the stage's. */
function isMappable({ columns }: ManifestTable, now: readonly string[]): boolean {
  return columns.length === now.length && columns.every((column, n) => column === now[n]);
}
