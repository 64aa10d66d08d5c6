/** Names that the server gives to backups, in English; pages read them back and say them in the person's language. */

const MAX_NAME_CHARS = 200;
const beginnings = { APPLY: 'Before going back to: ', UNDO: 'Before undoing: ' } as const;
const AUTOMATIC = /^Automatic (?<localDate>\d{4}-\d{2}-\d{2}) (?<time>\d{2}:\d{2})$/;

type Swap = keyof typeof beginnings;

interface GivenName {
  /** What the backup was made before, the newest first. */
  readonly swaps: Swap[];
  /** The name within: of the backup that the oldest of them went back to, or of an automatic one. */
  readonly backupName: string;
  /** Where that is the name of an automatic backup: its date and time in the schedule's zone. */
  readonly night: { readonly localDate: string; readonly time: string } | null;
}

/** The name of the backup of a night. */
export function automaticName(localDate: string, time: string): string {
  return `Automatic ${localDate} ${time}`;
}

/** The name of a SAFETY backup, cut between characters, so that no half of a surrogate pair is left. */
export function safetyName(backupName: string, replacedBy: string): string {
  const begins = beginnings[replacedBy === 'UNDO' ? 'UNDO' : 'APPLY'];
  return [...`${begins}${backupName}`].slice(0, MAX_NAME_CHARS).join('');
}

/** What a name says that the server gave; null where people gave it. */
export function readGivenName(name: string): GivenName | null {
  const swaps: Swap[] = [];
  let backupName = name;
  for (;;) {
    const swap = (['APPLY', 'UNDO'] as const).find((one) => backupName.startsWith(beginnings[one]));
    if (!swap) break;
    swaps.push(swap);
    backupName = backupName.slice(beginnings[swap].length);
  }
  const { localDate, time } = AUTOMATIC.exec(backupName)?.groups ?? {};
  const night = localDate && time ? { localDate, time } : null;
  return swaps.length === 0 && !night ? null : { swaps, backupName, night };
}
