import { type Caller, type Permit, permit } from '../permit.ts';
import type { Server } from '../server.ts';

/** Proof that somebody may compare. They see old data of the network then, so it takes `network.view` too. */
export interface ComparePermit {
  readonly compare: Permit<'backup.compare'>;
  readonly view: Permit<'network.view'>;
}

/** Throws UNAUTHENTICATED, and FORBIDDEN (audited) without both actions. */
export async function permitCompare(server: Server, actor: Caller | null): Promise<ComparePermit> {
  return {
    compare: await permit(server, actor, 'backup.compare'),
    view: await permit(server, actor, 'network.view'),
  };
}

/** Whether accounts and roles are shown to them. */
export function seesAccounts({ compare }: ComparePermit): boolean {
  return compare.actor.actions.has('users.manage');
}
