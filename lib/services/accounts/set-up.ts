import { asFiberkeepError, FiberkeepError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import type { Actor } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import { systemAuthority } from '../authority.ts';
import { environmentActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { writePlant } from '../write-plant.ts';
import { isRecoveryUnderWay, replaceSetupToken, spendSetupToken } from './access-rows.ts';
import { Fields } from './account-fields.ts';
import {
  hasUsers,
  insertUser,
  lockAdministrators,
  seedBuiltInRoles,
  type User,
} from './account-rows.ts';
import { administrator } from './built-in-roles.ts';
import { type ClientInfo, guessesFrom, limit } from './limits.ts';
import { hashPassword } from './passwords.ts';
import { openSession, type SignedInUser } from './sessions.ts';

interface NewAdministrator {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Makes the built-in roles that are missing. Safe to run at every start, by several processes. */
export async function seedRoles(server: Pick<Server, 'plant'>): Promise<void> {
  await writePlant(server, systemAuthority, null, seedBuiltInRoles);
}

/**
 * Sees to it that there is a first administrator. Answers null where users exist, or where ADMIN_EMAIL and
 * ADMIN_PASSWORD made one just now. Else answers the path of a new one-time link (`/set-up?token=…`), which
 * ends any older link, but for one that a recovery was begun by. Throws CONFIGURATION_INVALID where one of the variables is missing or refused.
 */
export async function ensureFirstAdministrator(server: Server): Promise<string | null> {
  if (await hasUsers(server.plant)) return null;
  const { adminEmail, adminPassword } = server.config;
  // The accounts of a backup come back: nobody is made beside them.
  const keepOlder = await isRecoveryUnderWay(server.vault);
  if (keepOlder || (adminEmail === null && adminPassword === null))
    return `/set-up?token=${await replaceSetupToken(server.vault, { keepOlder })}`;
  const configured = checkConfigured(adminEmail, adminPassword);
  const passwordHash = await hashPassword(configured.password);
  await writePlant(server, systemAuthority, null, async (tx) => {
    await lockAdministrators(tx);
    if (await hasUsers(tx)) return;
    await createAdministrator(tx, configured, passwordHash, environmentActor);
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
 * the link was used or replaced, or an account exists, and CONFLICT while a recovery is under way. The link stays
 * valid where the input is refused.
 */
export async function setUpServer(
  server: Server,
  token: string,
  input: NewAdministrator,
  client: ClientInfo,
): Promise<SignedInUser> {
  for (const { key, rate } of guessesFrom(client.address)) await limit(server, client, key, rate);
  const fields = new Fields();
  const name = fields.name('input.name', input.name);
  const email = fields.email('input.email', input.email);
  const password = fields.password('input.password', input.password, email);
  fields.check();
  const passwordHash = await hashPassword(password);
  const user = await writePlant(server, systemAuthority, null, async (tx) => {
    await lockAdministrators(tx);
    if (await isRecoveryUnderWay(tx))
      throw new FiberkeepError('CONFLICT', { reason: 'recoveryBegun' });
    if ((await hasUsers(tx)) || !(await spendSetupToken(tx, token))) throw linkInvalid();
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
  const roleId = administrator.id;
  const user = await insertUser(tx, { name, email, passwordHash, roleId });
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
