import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ChunkIndex, ManifestTable } from '../ports.ts';
import { RopeBuilder } from '../rope/rope-builder.ts';
import { rowHashUnder } from '../rope/row-hash.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { appendPart } from './append-part.ts';
import { SpanChooser } from './choose-spans.ts';
import { comparedBlocks, withinPart } from './compared-share.ts';
import type { XidWindow } from './fits.ts';
import { mergePart } from './merge.ts';
import { MapMismatch } from './mismatch.ts';
import { OldRope } from './old-rope.ts';
import { PART_BLOCKS, PartRows } from './part.ts';
import { packPart, unpackPart } from './part-codec.ts';
import type { MapParts } from './read-whole.ts';
import type { TableMap } from './row-map.ts';
import { scanSpans, type Versions } from './scan.ts';
import type { TableReader } from './table-reader.ts';

export interface MappedRead {
  readonly writer: ChunkWriter;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
  readonly reader: TableReader;
  /** The map fits the table: see `fits`. */
  readonly map: TableMap;
  /** The table in the manifest that the map goes with. */
  readonly earlier: ManifestTable;
  readonly window: XidWindow;
  /** Which share of the table is compared: see `comparedBlocks`. */
  readonly turn: number;
  /** Told the bytes of text that each part stands for. */
  readonly progress: (bytes: number) => void;
}

export interface MappedTable {
  /** To be finished: it waits for what is being stored. */
  readonly builder: RopeBuilder;
  /** The map of the table as it is now. */
  readonly parts: MapParts;
  /** Bytes of text that were compared with the rope. */
  readonly comparedBytes: number;
}

/**
 * Reads of a table only what changed since the last backup. Which versions of rows the snapshot sees is compared with
 * the row map; equal ones are taken over as ranges of the rope, the others are fetched in the same snapshot. Works part
 * by part, so memory is bounded. Throws MapMismatch where the table must be read whole.
 */
export async function readMapped(read: MappedRead): Promise<MappedTable> {
  const { reader, map, earlier, turn } = read;
  const { table } = reader;
  await using rope = new OldRope(read, earlier);
  if (!(await rope.pin())) throw new MapMismatch('ropeUnreadable', table.name);
  const builder = new RopeBuilder(read.writer, rowHashUnder(read.keys.rowHash), false);
  const chooser = new SpanChooser();
  const compared = comparedBlocks(table.blocks, turn);
  const parts: MapParts = [];
  let comparedBytes = 0;
  // VACUUM may have cut the file short, so the map can have more parts than the file.
  const partsNow = Math.ceil(table.blocks / PART_BLOCKS);
  for (let n = 0; n < Math.max(partsNow, map.parts.length); n++) {
    const done = await readPart(read, { n, rope, builder, chooser, compared });
    if (n < partsNow) parts.push(done.part);
    comparedBytes += done.comparedBytes;
    await builder.settle();
  }
  await rope.end();
  return { builder, parts, comparedBytes };
}

interface PartRead {
  readonly n: number;
  readonly rope: OldRope;
  readonly builder: RopeBuilder;
  readonly chooser: SpanChooser;
  readonly compared: { readonly from: number; readonly to: number };
}

async function readPart(read: MappedRead, { n, rope, builder, chooser, compared }: PartRead) {
  const { reader, map, window } = read;
  const firstBlock = n * PART_BLOCKS;
  const end = Math.max(firstBlock, Math.min(firstBlock + PART_BLOCKS, reader.table.blocks));
  const packed = map.parts[n];
  const old = packed ? await unpackPart(packed.packed) : new PartRows();
  const kept = await rope.keptOf(old.length);
  const spans = chooser.choose(firstBlock, end, old, window);
  const versions = spans.length > 0 ? await scanSpans(reader, spans, window) : [];
  chooser.learn(spans, versions);
  const merged = mergePart({
    old,
    kept,
    compared: withinPart(compared, firstBlock, end - firstBlock),
    spans,
    versions,
    firstBlock,
    window,
  });
  const { bytes, comparedBytes } = await appendPart({ ...read, rope, builder }, merged, firstBlock);
  read.progress(bytes);
  const isSame = packed && kept.every(isOne) && spans.length > 0 && versions.every(isUnchanged);
  if (isSame) return { part: Promise.resolve(packed), comparedBytes };
  const { rows } = merged;
  const part = packPart(rows).then((packed) => ({ rows: rows.length, bytes, packed }));
  // Awaited with the others at the end.
  part.catch(() => {});
  return { part, comparedBytes };
}

function isOne(value: number): boolean {
  return value === 1;
}

function isUnchanged(versions: Versions): boolean {
  return versions === null;
}
