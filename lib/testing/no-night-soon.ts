/** Environment in which no automatic backup runs during a test, because tests count their backups. */
export function noNightSoon(): Record<string, string> {
  const inTwelveHours = new Date(Date.now() + 12 * 60 * 60 * 1000);
  return { TIME_ZONE: 'UTC', BACKUP_TIME: inTwelveHours.toISOString().slice(11, 16) };
}
