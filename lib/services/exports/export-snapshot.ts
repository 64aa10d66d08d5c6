import type { Client } from 'pg';
import type { ExchangeKind } from '#plant/exchange/columns.ts';
import type { ExchangeElement, ExchangeSource } from '#plant/exchange/element.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import type { Server } from '../server.ts';
import { restoredMeanwhile } from '../write-plant.ts';
import type { ExportFilter } from './export-order.ts';
import { beginReading, declareExported, fetchExported } from './exported-rows.ts';

/** What an export holds, as it was at one instant, whatever is written or restored meanwhile. */
export interface ExportSnapshot extends ExchangeSource, AsyncDisposable {
  /** How many elements have been read. */
  count(): number;
}

const MOST_ATTEMPTS = 3;

/** Opens a connection of its own. Throws PLANT_RESTORED_MEANWHILE where restores keep coming between. */
export async function openSnapshot(server: Server, filter: ExportFilter): Promise<ExportSnapshot> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const before = await plantEpoch(server.plant);
    const client = await server.connect();
    try {
      await beginReading(client);
      for (const kind of filter.kinds) await declareExported(client, kind, filter);
      if ((await plantEpoch(server.plant)) === before) return snapshotOn(client, filter);
    } catch (thrown) {
      await client.end();
      throw thrown;
    }
    await client.end();
  }
  throw restoredMeanwhile('reading');
}

function snapshotOn(client: Client, { kinds }: ExportFilter): ExportSnapshot {
  let count = 0;
  async function* elements(kind: ExchangeKind): AsyncGenerator<ExchangeElement, void> {
    for await (const element of fetchExported(client, kind)) {
      count++;
      yield element;
    }
  }
  return {
    kinds,
    elements,
    count: () => count,
    [Symbol.asyncDispose]: () => client.end(),
  };
}
