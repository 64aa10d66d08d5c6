import { asFiberkeepError, FiberkeepError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { ADMINISTRATOR, lockAdministrators, seedBuiltInRoles } from '#plant/roles.ts';
import type { User } from '#plant/users.ts';
import type { Actor } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import { actions, environmentActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { writePlant } from '../write-plant.ts';
import { Fields } from './account-fields.ts';
import { builtInRoles } from './built-in-roles.ts';
import { hashPassword } from './passwords.ts';
import { replaceSetupToken, spendSetupToken } from './setup-token-rows.ts';
import {
  ADDRESS_LIMIT,
  addressKey,
  type ClientInfo,
  limit,
  openSession,
  type SignedInUser,
} from './sign-in.ts';

interface NewAdministrator {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Makes the built-in roles that are missing. Safe to run at every start, by several processes. */
export async function seedRoles(server: Pick<Server, 'plant'>): Promise<void> {
  await writePlant(server, null, (tx) => seedBuiltInRoles(tx, builtInRoles, actions));
}

/**
 * Sees to it that there is a first administrator: answers null where users exist, or where ADMIN_EMAIL and
 * ADMIN_PASSWORD made one just now; else the path of a new one-time link (`/set-up?token=…`), which ends
 * any older one. Throws CONFIGURATION_INVALID where one of the two variables is missing or refused.
 */
export async function ensureFirstAdministrator(server: Server): Promise<string | null> {
  if ((await server.plant.user.count()) > 0) return null;
  const { adminEmail, adminPassword } = server.config;
  if (adminEmail === null && adminPassword === null)
    return `/set-up?token=${await replaceSetupToken(server.vault)}`;
  const administrator = checkConfigured(adminEmail, adminPassword);
  const passwordHash = await hashPassword(administrator.password);
  await writePlant(server, null, async (tx) => {
    await lockAdministrators(tx);
    if ((await tx.user.count()) > 0) return;
    await createAdministrator(tx, administrator, passwordHash, environmentActor);
  });
  return null;
}

function checkConfigured(email: string | null, password: string | null): NewAdministrator {
  if (email === null || password === null) {
    const variable = email === null ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD';
    throw new FiberkeepError('CONFIGURATION_INVALID', {
      reason: 'adminVariableMissing',
      params: { variable },
    });
  }
  const fields = new Fields();
  const checkedEmail = fields.email('ADMIN_EMAIL', email);
  fields.operatorPassword('ADMIN_PASSWORD', password);
  try {
    fields.check();
  } catch (thrown) {
    const { fields } = asFiberkeepError(thrown);
    throw new FiberkeepError('CONFIGURATION_INVALID', { fields, cause: thrown });
  }
  return { name: 'Administrator', email: checkedEmail, password };
}

/**
 * Makes the first administrator from the one-time link and opens a session. Throws SETUP_LINK_INVALID where
 * the link was used or replaced, or somebody is there already; the link stays good where the input is refused.
 */
export async function setUpServer(
  server: Server,
  token: string,
  input: NewAdministrator,
  client: ClientInfo,
): Promise<SignedInUser> {
  await limit(server, client, addressKey(client.address), ADDRESS_LIMIT);
  const fields = new Fields();
  const name = fields.name('input.name', input.name);
  const email = fields.email('input.email', input.email);
  const password = fields.password('input.password', input.password, email);
  fields.check();
  const passwordHash = await hashPassword(password);
  const user = await writePlant(server, null, async (tx) => {
    await lockAdministrators(tx);
    if ((await tx.user.count()) > 0 || !(await spendSetupToken(tx, token))) throw linkInvalid();
    const actor: Actor = { kind: 'PERSON', id: null, name, address: client.address };
    return createAdministrator(tx, { name, email }, passwordHash, actor);
  });
  return openSession(server, user, client);
}

async function createAdministrator(
  tx: PlantTransaction,
  { name, email }: { name: string; email: string },
  passwordHash: string,
  actor: Actor,
): Promise<User> {
  const role = await tx.role.findUniqueOrThrow({ where: { name: ADMINISTRATOR } });
  const user = await tx.user.create({ data: { name, email, passwordHash, roleId: role.id } });
  await recordAudit(tx, {
    actor,
    action: 'server.set-up',
    target: { kind: 'user', id: user.id, name },
    outcome: 'DONE',
  });
  return user;
}

function linkInvalid(): FiberkeepError {
  return new FiberkeepError('SETUP_LINK_INVALID');
}
