/**
 * What servers and workers of tests are started with: a backup that comes by itself in the midst of one would be
 * more than it counts.
 */
export function noNightSoon(): Record<string, string> {
  const inTwelveHours = new Date(Date.now() + 12 * 60 * 60 * 1000);
  return { TIME_ZONE: 'UTC', BACKUP_TIME: inTwelveHours.toISOString().slice(11, 16) };
}
