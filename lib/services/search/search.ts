import { validationError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { compareNames } from '#text';
import { listBackups } from '../backups/backup-queries.ts';
import { elementKinds } from '../network/element-rows.ts';
import { searchText } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import { elementsHolding, elementsStarting, type FoundElement } from './found-rows.ts';

export type { FoundElement };

export interface SearchRequest {
  readonly text: string;
  /** How many of each kind, up to MOST_OF_EACH. */
  readonly first?: number | null;
}

/** What a search found, by kinds, each in the order of how well it fits. */
export interface Found {
  readonly elements: FoundElement[];
  readonly backups: Backup[];
  /** Whether every table was searched to its end: a search has SEARCH_MS. */
  readonly complete: boolean;
}

/** What the person may see; the search looks nowhere else. */
export interface SearchPermits {
  readonly network: Permit<'network.view'> | null;
  readonly backups: Permit<'backup.view'> | null;
}

const USUAL_OF_EACH = 5;
const MOST_OF_EACH = 20;
/** A person who types waits no longer; it also bounds what a search costs. */
export const SEARCH_MS = 2500;

/** Finds elements by words of their names and addresses, and backups by a part of their names. Throws VALIDATION_FAILED. */
export async function searchEverything(
  server: Server,
  permits: SearchPermits,
  request: SearchRequest,
  deadlineMs = SEARCH_MS,
): Promise<Found> {
  const most = sizeOf(request.first);
  const search = searchText(request.text);
  if (search === '') return { elements: [], backups: [], complete: true };
  const [{ elements, complete }, backups] = await Promise.all([
    permits.network ? findElements(server, search, most, deadlineMs) : nothing,
    permits.backups ? listBackups(server, permits.backups, { search, first: most }) : null,
  ]);
  return { elements, backups: backups?.items ?? [], complete };
}

function sizeOf(first: number | null | undefined): number {
  const size = first ?? USUAL_OF_EACH;
  if (size < 1) throw validationError([{ path: 'first', reason: 'atLeast', params: { min: 1 } }]);
  return Math.min(size, MOST_OF_EACH);
}

const nothing = { elements: [], complete: true };

/** Kinds one after the other, on one connection: many people may search at a time. */
function findElements(server: Server, search: string, most: number, deadlineMs: number) {
  return readPlant(server, async (db) => {
    const endsAt = performance.now() + deadlineMs;
    const starting = await elementsStarting(db, search, most);
    const elements: FoundElement[] = [];
    let complete = true;
    for (const kind of elementKinds) {
      const best = starting.filter((found) => found.kind === kind);
      elements.push(...best);
      const room = most - best.length;
      const left = endsAt - performance.now();
      if (room === 0) continue;
      const others =
        left > 0 ? await elementsHolding(db, kind, search, { most: room, deadlineMs: left }) : null;
      complete &&= others !== null;
      elements.push(...(others ?? []).toSorted((a, b) => compareNames(a.name, b.name)));
    }
    return { elements, complete };
  });
}
