/** How long a new key works: days, for ever, or until a date. */
export const expiries = ['30', '90', '365', 'never', 'date'] as const;

/** What most keys are made for: to fetch the automatic backups. */
export const firstActions = ['backup.view', 'backup.download'];

const DAY_MS = 24 * 60 * 60 * 1000;

/** The instant until which the key works, ISO 8601; null: it does not expire. A date is meant whole, as the browser has it. */
export function expiryOf(expiry: string, until: string, now: Date): string | null {
  if (expiry === 'never') return null;
  if (expiry === 'date') return new Date(`${until}T23:59:59`).toISOString();
  return new Date(now.getTime() + Number(expiry) * DAY_MS).toISOString();
}
