import type { Backup } from '#generated/vault/client.ts';
import { accountTables } from '../compare/network-words.ts';
import type { Caller } from '../permit.ts';
import { type ChangeCounts, changeEntries, changesByTable } from './backup-changes.ts';

/** What changed in one table, as it is shown. */
export interface ShownTableChanges extends ChangeCounts {
  readonly table: string;
  readonly people: ShownPerson[] | null;
}

export interface ShownPerson extends ChangeCounts {
  readonly id: string | null;
  readonly name: string | null;
}

/**
 * What changed since the backup before, as `actor` may see it: people as who may compare sees them, accounts and roles
 * as who manages users does. Null where it is not known.
 */
export function shownChanges(
  actor: Pick<Caller, 'actions'> | null,
  backup: Pick<Backup, 'changes'>,
): ShownTableChanges[] | null {
  const entries = changeEntries(backup);
  if (!actor || !entries) return null;
  const seesPeople = actor.actions.has('backup.compare') && actor.actions.has('network.view');
  const hidden = actor.actions.has('users.manage') ? new Set<string>() : accountTables;
  return changesByTable(entries, hidden).map(({ people, ...table }) => ({
    ...table,
    people: seesPeople ? people.map(({ person: id, ...counts }) => ({ id, ...counts })) : null,
  }));
}
