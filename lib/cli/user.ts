import type { Command } from 'commander';
import { FiberkeepError } from '#errors';

import { normalizeEmail } from '#services/accounts/account-fields.ts';
import { newPassword } from '#services/accounts/passwords.ts';
import { findRoles } from '#services/accounts/roles.ts';
import { listUsers, type User, updateUser, userCursor } from '#services/accounts/users.ts';
import { addCommand, type Context } from './command.ts';
import { formatTable, plain } from './format.ts';
import type { Session } from './session.ts';

const PAGE = 200;

/** `user list|enable|reset-password`: for the operator of the machine, who may be locked out of the pages. */
export function addUser(program: Command): void {
  const user = program
    .command('user')
    .description('list accounts, enable one, or reset a password');
  addCommand(user, 'list', 'list the accounts by e-mail', (command) => command, list);
  addCommand(
    user,
    'enable <email>',
    'let a disabled account sign in',
    (command) => command,
    enable,
  );
  addCommand(
    user,
    'reset-password <email>',
    'give an account a new password, and end its sessions',
    (command) => command,
    resetPassword,
  );
}

async function list({ session, out }: Context): Promise<void> {
  const users = await readUsers(session);
  const roles = await findRoles(
    session.server,
    users.map(({ roleId }) => roleId),
  );
  const views = users.map((user, at) => ({ ...viewOf(user), role: roles[at]?.name ?? '' }));
  const rows = views.map(({ email, name, role, disabled }) => [
    plain(email, 60),
    plain(name, 40),
    plain(role, 30),
    disabled ? 'disabled' : '',
  ]);
  out.answer(
    { users: views },
    rows.length > 0 ? formatTable(['E-mail', 'Name', 'Role', ''], rows) : ['There is no account.'],
  );
}

async function enable({ session, out }: Context, args: string[]): Promise<void> {
  const { id } = await requireUser(session, args[0] ?? '');
  const permit = await session.permit('users.manage');
  const user = await updateUser(session.server, permit, id, { disabled: false }, null);
  out.answer({ user: viewOf(user) }, [`${plain(user.email)} can sign in.`]);
}

async function resetPassword({ session, out }: Context, args: string[]): Promise<void> {
  const { id } = await requireUser(session, args[0] ?? '');
  const permit = await session.permit('users.manage');
  const password = newPassword();
  const user = await updateUser(session.server, permit, id, { password }, null);
  out.answer({ user: viewOf(user), password }, [
    `The new password of ${plain(user.email)}, shown only now:`,
    password,
  ]);
}

function viewOf({ id, email, name, disabled }: User) {
  return { id, email, name, disabled };
}

async function readUsers(session: Session, search = ''): Promise<User[]> {
  const permit = await session.permit('users.manage');
  const found: User[] = [];
  for (let after: string | null = null; ; ) {
    const page = await listUsers(session.server, permit, { first: PAGE, after, search });
    found.push(...page.items);
    const last = page.items.at(-1);
    if (!page.hasNextPage || !last) return found;
    after = userCursor(last);
  }
}

async function requireUser(session: Session, given: string): Promise<User> {
  const email = normalizeEmail(given);
  const found = (await readUsers(session, email)).find((user) => user.email === email);
  if (found) return found;
  throw new FiberkeepError('NOT_FOUND', { reason: 'noUserWithEmail', params: { email } });
}
