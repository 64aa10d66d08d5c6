import type { Server } from '../server.ts';
import { CellGrid, FINEST_GRID } from './cell-grid.ts';
import { countCells, networkVersion } from './map-rows.ts';

interface Kept {
  /** What the network was when the grid was begun. */
  readonly version: string;
  readonly grid: CellGrid;
  /** Of `performance.now()`: when it was begun, and how long it took. */
  readonly begunAt: number;
  readonly tookMs: number;
}

/** Counting takes at most this part of the time, however often somebody writes. */
const SHARE_OF_TIME = 1 / 20;
/** Counted again by then, whatever PostgreSQL says about writes. */
const GOOD_MS = 60_000;

/** The counts of one server, kept until the network changes. Those who ask meanwhile share one count. */
class KeptGrid {
  #kept: Kept | null = null;
  #counting: Promise<Kept> | null = null;

  async get(server: Server): Promise<Kept> {
    const kept = this.#kept;
    if (kept && (await isGood(server, kept))) return kept;
    this.#counting ??= count(server).finally(() => {
      this.#counting = null;
    });
    this.#kept = await this.#counting;
    return this.#kept;
  }
}

async function isGood(server: Server, { version, begunAt, tookMs }: Kept): Promise<boolean> {
  const age = performance.now() - begunAt;
  if (age < tookMs / SHARE_OF_TIME) return true;
  return age < GOOD_MS && (await networkVersion(server.pool)) === version;
}

async function count(server: Server): Promise<Kept> {
  const begunAt = performance.now();
  const version = await networkVersion(server.pool);
  const grid = new CellGrid(await countCells(server.pool, FINEST_GRID));
  return { version, grid, begunAt, tookMs: performance.now() - begunAt };
}

const grids = new WeakMap<Server, KeptGrid>();

/** The grid of the network as it was at most moments ago. */
export async function gridOf(server: Server): Promise<CellGrid> {
  const kept = grids.get(server) ?? new KeptGrid();
  grids.set(server, kept);
  return (await kept.get(server)).grid;
}
