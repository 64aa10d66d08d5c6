import type { VaultTransaction } from '#vault/client.ts';

/** What people may change of a backup, for all of them. */
export function backupTexts(db: VaultTransaction) {
  return db.backup.findMany({
    where: { status: 'READY' },
    select: { id: true, name: true, givenName: true, comment: true, pinned: true },
    orderBy: { id: 'asc' },
  });
}

export function scheduleSettings(db: VaultTransaction) {
  return db.schedule.findUnique({
    where: { id: 1 },
    select: {
      enabled: true,
      time: true,
      timeZone: true,
      includeFiles: true,
      keepLast: true,
      keepDaily: true,
      keepWeekly: true,
      keepMonthly: true,
    },
  });
}

/** The API keys that work. */
export function keyNames(db: VaultTransaction) {
  return db.apiKey.findMany({
    where: { revokedAt: null },
    select: { name: true, createdAt: true },
    orderBy: { createdAt: 'asc' },
  });
}
