import { asFiberkeepError } from '#errors';
import { writeFormat } from '#plant/exchange/write/write-format.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Server } from '../server.ts';
import type { ExportOrder } from './export-order.ts';
import { scratchOf } from './export-scratch.ts';
import { type ExportSnapshot, openSnapshot } from './export-snapshot.ts';
import type { ExportPermit } from './permit-export.ts';

/**
 * Has `take` read the file, which is made meanwhile, of one instant of the network. Answers how many elements it
 * holds. The audit log says who took what, also where it broke off, then with `signal`'s reason where that is
 * aborted. Throws TOO_MANY, what `take` throws and what the database does.
 */
export async function writeExport(
  server: Server,
  permit: ExportPermit,
  order: ExportOrder,
  signal: AbortSignal,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<number> {
  const end = server.exports.begin(permit.export.actor.id);
  let snapshot: ExportSnapshot | null = null;
  let failure: unknown = null;
  try {
    snapshot = await openSnapshot(server, order.filter);
    await take(writeFormat(order.format, snapshot, order.locale, scratchOf(server)));
    return snapshot.count();
  } catch (thrown) {
    failure = signal.aborted ? signal.reason : thrown;
    throw failure;
  } finally {
    end();
    await snapshot?.[Symbol.asyncDispose]();
    await audit(server, permit, order, { count: snapshot?.count() ?? 0, failure });
  }
}

interface Outcome {
  readonly count: number;
  readonly failure: unknown;
}

async function audit(
  server: Server,
  { export: { actor } }: ExportPermit,
  { format, filter }: ExportOrder,
  { count, failure }: Outcome,
): Promise<void> {
  const narrowed = Object.entries(filter).filter(([, value]) => value !== null);
  await recordAudit(server.vault, {
    actor,
    action: 'network.export',
    outcome: failure === null ? 'DONE' : 'FAILED',
    detail: {
      format,
      filter: Object.fromEntries(narrowed),
      count,
      ...(failure !== null && { code: asFiberkeepError(failure).code }),
    },
  });
}
