import { type Caller, type Permit, permit } from '../permit.ts';
import type { Server } from '../server.ts';

/** Proof that somebody may take the network away as files. They see it then, so it takes `network.view` too. */
export interface ExportPermit {
  readonly export: Permit<'network.export'>;
  readonly view: Permit<'network.view'>;
}

/** Throws UNAUTHENTICATED, and FORBIDDEN (audited) without both actions. */
export async function permitExport(server: Server, actor: Caller | null): Promise<ExportPermit> {
  return {
    export: await permit(server, actor, 'network.export'),
    view: await permit(server, actor, 'network.view'),
  };
}
