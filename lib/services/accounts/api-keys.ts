import { notFound } from '#errors';
import * as rows from '#vault/api-keys.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import { type Page, pageOf, pageSize } from '../page.ts';
import {
  type Action,
  type Caller,
  type InPerson,
  knownActions,
  type Permit,
  signedIn,
} from '../permit.ts';
import type { Server } from '../server.ts';
import { pageOfApiKeys } from './access-rows.ts';
import { checkId, Fields } from './account-fields.ts';
import { findAccounts } from './account-rows.ts';
import { assertHolds, auditRefusal } from './grants.ts';

export type ApiKeyRow = rows.ApiKeyRow;

export type ApiKeyStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED' | 'OWNER_DISABLED';

export interface ApiKeyInput {
  readonly name: string;
  readonly actions: readonly string[];
  readonly expiresAt?: Date | null;
}

interface ListInput {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly active?: boolean | null;
}

/** Everybody's keys, newest first. Throws VALIDATION_FAILED. */
export async function listApiKeys(
  server: Server,
  _permit: Permit<'apikeys.manage'>,
  input: ListInput,
): Promise<Page<ApiKeyRow>> {
  const size = pageSize(input.first, 50);
  const { keys, totalCount } = await pageOfApiKeys(server.vault, {
    take: size + 1,
    after: input.after,
    active: input.active ?? false,
  });
  return pageOf(keys, size, totalCount);
}

/**
 * Makes a key of the actor's own. Throws VALIDATION_FAILED, and FORBIDDEN (audited) for actions that the
 * actor lacks.
 */
export async function createApiKey(
  server: Server,
  permit: InPerson<'apikeys.manage'>,
  input: ApiKeyInput,
): Promise<{ apiKey: ApiKeyRow; secret: string }> {
  const owner = signedIn(permit.actor);
  const key = checkInput(input);
  const target = { kind: 'api-key', id: '', name: key.name };
  const hold = { changesAccess: true, needsPassword: true };
  const create = async (tx: VaultTransaction, now: Caller) => {
    assertHolds(now, key.actions, { kind: 'apiKey', name: key.name });
    const made = await rows.createApiKey(tx, { ...key, owner });
    await recordAudit(tx, {
      actor: owner,
      action: 'api-key.create',
      target: { ...target, id: made.apiKey.id },
      outcome: 'DONE',
      detail: { actions: key.actions, expiresAt: key.expiresAt?.toISOString() ?? null },
    });
    return made;
  };
  return auditRefusal(server, { actor: owner, action: 'api-key.create', target }, () =>
    writeVault(server, permit, create, hold),
  );
}

function checkInput(input: ApiKeyInput) {
  const fields = new Fields();
  const name = fields.name('input.name', input.name);
  const actions = fields.actions('input.actions', input.actions);
  if (input.actions.length === 0) fields.refuse('input.actions', { reason: 'noActions' });
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt && !(expiresAt.getTime() > Date.now()))
    fields.refuse('input.expiresAt', { reason: 'future' });
  fields.check();
  return { name, actions, expiresAt };
}

/** Ends anybody's key at once. Does nothing to a revoked one. Throws NOT_FOUND. */
export async function revokeApiKey(
  server: Server,
  permit: InPerson<'apikeys.manage'>,
  id: string,
): Promise<ApiKeyRow> {
  const { actor } = permit;
  const keyId = checkId(id, 'apiKey');
  const revoke = async (tx: VaultTransaction) => {
    const key = await rows.getApiKey(tx, keyId);
    if (!key) throw notFound('apiKey');
    if (await rows.revokeApiKey(tx, key, actor))
      await recordAudit(tx, {
        actor,
        action: 'api-key.revoke',
        target: { kind: 'api-key', id: keyId, name: key.name },
        outcome: 'DONE',
        detail: { owner: key.ownerName },
      });
    return (await rows.getApiKey(tx, keyId)) ?? key;
  };
  return writeVault(server, permit, revoke, { changesAccess: true });
}

/** What a key is worth now. */
export interface ApiKeyState {
  readonly status: ApiKeyStatus;
  readonly effectiveActions: Action[];
  readonly ownerName: string;
}

/** What each of these keys is worth now, in the order asked, by one query for all their owners. */
export async function stateOfKeys(
  server: Server,
  keys: readonly ApiKeyRow[],
): Promise<ApiKeyState[]> {
  const owners = await findAccounts(server.plant, [...new Set(keys.map((key) => key.ownerId))]);
  return keys.map((key) => {
    const owner = owners.get(key.ownerId);
    const open = owner !== undefined && !owner.disabled;
    const live = rows.isLive(key);
    const left = live && open ? key.actions.filter((name) => owner.actions.includes(name)) : [];
    return {
      status: live && !open ? 'OWNER_DISABLED' : statusOf(key),
      effectiveActions: knownActions(left),
      ownerName: owner?.name ?? key.ownerName,
    };
  });
}

function statusOf(key: ApiKeyRow): ApiKeyStatus {
  if (key.revokedAt) return 'REVOKED';
  return rows.isLive(key) ? 'ACTIVE' : 'EXPIRED';
}

/** The prefix and last characters, which tell a key from others without showing it. */
export function hintOf(key: Pick<ApiKeyRow, 'lastFour'>): string {
  return `${rows.KEY_PREFIX}…${key.lastFour}`;
}
