import type { GivenName } from '#engine/ports.ts';
import { type Json, readGivenName } from '#vault/given-name.ts';

export { readGivenName };

/** A name that the server gives a backup: in English for scripts and file names, and as data for pages. */
interface Name {
  readonly name: string;
  readonly givenName: GivenName;
}

/** The backup that is restored, under the name that it had then. */
export interface RestoredBackup {
  readonly backupName: string;
  readonly backupGivenName: Json;
}

const MAX_NAME_CHARS = 200;
const swaps = {
  APPLY: { kind: 'BEFORE_RESTORE', begins: 'Before restoring: ' },
  UNDO: { kind: 'BEFORE_UNDO', begins: 'Before undoing: ' },
} as const;

/** The name of the backup of a night. */
export function automaticName(localDate: string, time: string): Name {
  return {
    name: `Automatic ${localDate} ${time}`,
    givenName: { kind: 'AUTOMATIC', of: [], at: { localDate, time }, backupName: null },
  };
}

/** The name of a SAFETY backup. It is cut between code points, never inside a surrogate pair. */
export function safetyName(restored: RestoredBackup, replacedBy: string): Name {
  const { kind, begins } = swaps[replacedBy === 'UNDO' ? 'UNDO' : 'APPLY'];
  const { backupName } = restored;
  const name = [...`${begins}${backupName}`].slice(0, MAX_NAME_CHARS).join('');
  const of = readGivenName(restored.backupGivenName);
  if (!of) return { name, givenName: { kind, of: [], at: null, backupName } };
  return { name, givenName: { ...of, kind, of: [of.kind, ...of.of] } };
}
