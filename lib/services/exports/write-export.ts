import { asFiberkeepError } from '#errors';
import { type FileType, fileTypeOf, writeFormat } from '#plant/exchange/write/formats.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Server } from '../server.ts';
import { type ExportOrder, idOfOrder, ORDER_LIFE_MS, orderOfId } from './export-order.ts';
import { type ExportSnapshot, openSnapshot } from './export-snapshot.ts';
import type { ExportPermit } from './permit-export.ts';

export interface ExportFile extends FileType {
  readonly fileName: string;
}

/** An export that was asked for: `GET /api/exports/:id` answers it to the same person. */
export interface RequestedExport {
  readonly id: string;
  readonly fileName: string;
  readonly expiresAt: Date;
}

/** Throws TOO_MANY where no other may begin now. */
export function requestExport(
  server: Server,
  { export: { actor } }: ExportPermit,
  order: ExportOrder,
): RequestedExport {
  server.exports.assertRoom(actor.id);
  const expiresAt = new Date(Date.now() + ORDER_LIFE_MS);
  const id = idOfOrder(server.keys, actor, order, expiresAt.getTime());
  return { id, fileName: fileOf(order).fileName, expiresAt };
}

/** The order of an id that `requestExport` gave. Throws NOT_FOUND, and TOO_MANY where no other may begin now. */
export function findOrder(
  server: Server,
  { export: { actor } }: ExportPermit,
  id: string,
): ExportOrder {
  const order = orderOfId(server.keys, actor, id, Date.now());
  server.exports.assertRoom(actor.id);
  return order;
}

export function fileOf({ format, filter: { kinds } }: ExportOrder): ExportFile {
  const type = fileTypeOf(format, kinds);
  const what = kinds.length === 1 ? kinds[0] : 'network';
  return {
    ...type,
    fileName: `${what}-${new Date().toISOString().slice(0, 10)}.${type.extension}`,
  };
}

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

/** In the data folder, beside the files of posts. */
const scratchOf = ({ config, room }: Server) => ({
  folder: config.dataDir,
  requireRoom: () => room.require('files', 0),
});

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
