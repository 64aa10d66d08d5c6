import type { Choice } from '#app/components/ui/combobox.tsx';
import { compareNames, foldName } from '#text';

const MOST_SHOWN = 50;

/** All time zones that the browser knows, and UTC. */
function allZones(): string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
}

/** The label of a zone in lists: its IANA name and its current UTC offset. */
export function zoneChoice(timeZone: string, now = new Date()): Choice {
  return { id: timeZone, name: `${timeZone.replaceAll('_', ' ')} (${offsetOf(timeZone, now)})` };
}

function offsetOf(timeZone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    timeZoneName: 'longOffset',
  }).formatToParts(now);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? 'UTC+00:00' : name.replace('GMT', 'UTC');
}

/**
 * Finds zones whose name or offset has every word of `search`, ignoring case and accents. Names
 * that start with it come first.
 */
export function findZones(search: string, now = new Date()): Choice[] {
  const words = foldName(search)
    .split(/[\s/_]+/u)
    .filter(Boolean);
  const found = allZones()
    .map((zone) => zoneChoice(zone, now))
    .filter(({ name }) => words.every((word) => foldName(name).includes(word)));
  const first = words[0] ?? '';
  const begins = ({ name }: Choice) =>
    foldName(name)
      .split('/')
      .some((part) => part.startsWith(first))
      ? 0
      : 1;
  return found
    .sort((a, b) => begins(a) - begins(b) || compareNames(a.name, b.name))
    .slice(0, MOST_SHOWN);
}
