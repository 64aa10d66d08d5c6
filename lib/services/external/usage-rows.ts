import type { PlaceUsage } from '#engine/store/place.ts';
import type { VaultTransaction } from '#vault/client.ts';

const MONTH_DAYS = 30;

/** Adds what was used of a destination to its day. */
export async function addUsage(
  db: VaultTransaction,
  destinationId: string,
  { writes, reads, sentBytes, readBytes }: PlaceUsage,
  now: Date,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO vault.external_day AS d (destination_id, day, writes, reads, sent_bytes, read_bytes)
    SELECT ${destinationId}::uuid, ${now}::date, ${writes}, ${reads}, ${sentBytes}, ${readBytes}
     WHERE EXISTS (SELECT FROM vault.destination WHERE id = ${destinationId}::uuid)
    ON CONFLICT (destination_id, day) DO UPDATE
      SET writes = d.writes + excluded.writes, reads = d.reads + excluded.reads,
          sent_bytes = d.sent_bytes + excluded.sent_bytes, read_bytes = d.read_bytes + excluded.read_bytes`;
}

/** What was used of each destination within the last 30 days. */
export async function usageOfMonth(
  db: VaultTransaction,
  destinationIds: readonly string[],
  now: Date,
): Promise<Map<string, PlaceUsage>> {
  const since = new Date(now.getTime() - MONTH_DAYS * 24 * 60 * 60 * 1000);
  const sums = await db.externalDay.groupBy({
    by: ['destinationId'],
    where: { destinationId: { in: [...destinationIds] }, day: { gt: since } },
    _sum: { writes: true, reads: true, sentBytes: true, readBytes: true },
  });
  return new Map(
    sums.map(({ destinationId, _sum: { writes, reads, sentBytes, readBytes } }) => [
      destinationId,
      {
        writes: writes ?? 0,
        reads: reads ?? 0,
        sentBytes: Number(sentBytes ?? 0),
        readBytes: Number(readBytes ?? 0),
      },
    ]),
  );
}
