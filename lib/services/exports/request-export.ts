import { type FileType, fileTypeOf } from '#plant/exchange/write/formats.ts';
import type { Server } from '../server.ts';
import { type ExportOrder, idOfOrder, ORDER_LIFE_MS, orderOfId } from './export-order.ts';
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
