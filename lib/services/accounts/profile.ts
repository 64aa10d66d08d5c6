import { notFound } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { recordAudit } from '#vault/audit.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { forgetUses } from '#vault/rate-limits.ts';
import { revokeSessionsOf } from '#vault/sessions.ts';
import { ownAuthority } from '../authority.ts';
import { type Action, type Caller, knownActions, type SignedIn } from '../permit.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import { readPlant, writePlant } from '../write-plant.ts';
import { Fields } from './account-fields.ts';
import { findUser, type User, updateUserRow } from './account-rows.ts';
import { EMAIL_LIMIT, limit } from './limits.ts';
import { hashPassword, normalizePassword, verifyPassword } from './passwords.ts';

/** A person, what they may do, and the epoch of the plant that says so. */
export interface Me {
  readonly user: User;
  readonly actions: Action[];
  readonly plantEpoch: bigint;
  /** The schedule's. */
  readonly timeZone: string;
}

/**
 * A person and what they may do. `as`: who asks, whose API key may allow less. Throws NOT_FOUND where the
 * user is gone.
 */
export async function readMe(
  server: Server,
  userId: string,
  as: Caller | null = null,
): Promise<Me> {
  const timeZone = await scheduleZone(server);
  return readPlant(server, async (db) => {
    const user = await findUser(db, userId);
    if (!user) throw notFound('user');
    const actions = as?.apiKey ? [...as.actions] : knownActions(user.role.actions);
    return { user, actions, plantEpoch: await plantEpoch(db), timeZone };
  });
}

/** Fields left out stay. `locale` null follows the browser. */
export interface ProfileInput {
  readonly name?: string | null;
  readonly locale?: string | null;
}

/** Changes the person's own name and language. */
export async function updateProfile(
  server: Server,
  me: SignedIn,
  input: ProfileInput,
  epoch: bigint | null,
): Promise<void> {
  const fields = new Fields();
  const data = {
    ...(input.name == null ? {} : { name: fields.name('input.name', input.name) }),
    ...(input.locale === undefined ? {} : { locale: fields.locale('input.locale', input.locale) }),
  };
  fields.check();
  await writePlant(
    server,
    ownAuthority(me),
    epoch,
    async (tx) => {
      await updateUserRow(tx, me.id, { ...data, updatedById: me.id });
      await recordAudit(tx, {
        actor: me,
        action: 'profile.update',
        target: { kind: 'user', id: me.id, name: data.name ?? me.name },
        outcome: 'DONE',
        detail: { changed: Object.keys(data) },
      });
    },
    { changesAccess: true },
  );
}

/**
 * Sets a new password and ends the person's other sessions. Throws VALIDATION_FAILED where the current one is
 * wrong, RATE_LIMITED after too many tries.
 */
export async function changePassword(
  server: Server,
  me: SignedIn,
  input: { currentPassword: string; newPassword: string },
  epoch: bigint | null,
): Promise<void> {
  const key = `change-password:user:${me.id}`;
  await limit(server, { address: me.address, actor: me }, key, EMAIL_LIMIT);
  const user = await findUser(server.plant, me.id);
  const fields = new Fields();
  if (!(await verifyPassword(user?.passwordHash ?? null, input.currentPassword)))
    fields.refuse('currentPassword', { reason: 'wrongPassword' });
  fields.password('newPassword', input.newPassword, user?.email ?? '');
  if (normalizePassword(input.newPassword) === normalizePassword(input.currentPassword))
    fields.refuse('newPassword', { reason: 'samePassword' });
  if (fields.refused)
    await recordAudit(server.vault, {
      actor: me,
      action: 'profile.change-password',
      outcome: 'REFUSED',
    });
  fields.check();
  const passwordHash = await hashPassword(input.newPassword);
  const write = async (tx: PlantTransaction) => {
    await updateUserRow(tx, me.id, { passwordHash, updatedById: me.id });
    await revokeSessionsOf(tx, me.id, me.sessionId);
    await recordAudit(tx, { actor: me, action: 'profile.change-password', outcome: 'DONE' });
  };
  await writePlant(server, ownAuthority(me), epoch, write, { changesAccess: true });
  await forgetUses(server.vault, key);
}
