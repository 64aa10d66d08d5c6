/** How long a new key works: a number of days, forever, or until a date. */
export const expiries = ['30', '90', '365', 'never', 'date'] as const;

/** The usual purpose of a key: to download the automatic backups. */
export const firstActions = ['backup.view', 'backup.download'];

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * When the key expires, ISO 8601; null never. A date includes its whole day in the browser's zone.
 */
export function expiryOf(expiry: string, until: string, now: Date): string | null {
  if (expiry === 'never') return null;
  if (expiry === 'date') return new Date(`${until}T23:59:59`).toISOString();
  return new Date(now.getTime() + Number(expiry) * DAY_MS).toISOString();
}
