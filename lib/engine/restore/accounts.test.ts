import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '#prisma/migrate.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { settleAccounts } from './accounts.ts';

const STAGE = 'plant_stage_ab';
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await openTestDatabase();
  await migrate(database.url, 'plant', STAGE);
  client = await database.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const schema of ['plant', STAGE])
    await client.query(`TRUNCATE ${schema}.user_account, ${schema}.role`);
});

/** Readable ids: `id(7)` is a UUID that ends in 7. */
const id = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const ADMIN = id(901);
const VIEWER = id(902);

async function role(schema: string, roleId: string, name: string, actions: string[]) {
  await client.query(
    `INSERT INTO ${schema}.role (id, name, actions, updated_at) VALUES ($1, $2, $3, now())`,
    [roleId, name, actions],
  );
}

interface Account {
  readonly id: string;
  readonly email: string;
  readonly roleId?: string;
  readonly hash?: string;
  readonly disabled?: boolean;
}

async function account(schema: string, given: Account) {
  await client.query(
    `INSERT INTO ${schema}.user_account (id, email, name, password_hash, disabled, role_id, updated_at)
     VALUES ($1, $2, $2, $3, $4, $5, now())`,
    [given.id, given.email, given.hash ?? 'hash', given.disabled ?? false, given.roleId ?? ADMIN],
  );
}

async function usualRoles(...schemas: string[]) {
  for (const schema of schemas) {
    await role(schema, ADMIN, 'Administrator', ['users.manage', 'backup.restore']);
    await role(schema, VIEWER, 'Viewer', ['network.view']);
  }
}

async function accounts(schema = STAGE) {
  const { rows } = await client.query(
    `SELECT u.id, u.email, u.password_hash AS hash, u.disabled, r.name AS role, r.actions
       FROM ${schema}.user_account u JOIN ${schema}.role r ON r.id = u.role_id ORDER BY u.id`,
  );
  return rows;
}

const settle = (keep: string | null) =>
  settleAccounts(client, { outgoing: 'plant', incoming: STAGE, keep, lastAction: 'users.manage' });

test('an account in both plants keeps today’s password, disablement and role', async () => {
  await usualRoles('plant', STAGE);
  await account(STAGE, { id: id(1), email: 'ana@x', hash: 'old', roleId: ADMIN });
  await account('plant', {
    id: id(1),
    email: 'ana@x',
    hash: 'new',
    roleId: VIEWER,
    disabled: true,
  });
  await account(STAGE, { id: id(2), email: 'root@x' });
  await account('plant', { id: id(2), email: 'root@x' });
  const changes = await settle(id(2));
  expect(await accounts()).toMatchObject([
    { id: id(1), hash: 'new', disabled: true, role: 'Viewer' },
    { id: id(2), hash: 'hash', disabled: false, role: 'Administrator' },
  ]);
  expect(changes.updated).toEqual([{ id: id(1), email: 'ana@x' }]);
});

test('an account that was deleted since comes back disabled', async () => {
  await usualRoles('plant', STAGE);
  await account('plant', { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(2), email: 'left@x' });
  const changes = await settle(id(1));
  expect(changes.disabled).toEqual([{ id: id(2), email: 'left@x' }]);
  expect((await accounts())[1]).toMatchObject({ id: id(2), disabled: true });
});

test('a deleted account whose e-mail belongs to another today comes back disabled and renamed', async () => {
  await usualRoles('plant', STAGE);
  await account('plant', { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(2), email: 'ana@x' });
  await account('plant', { id: id(3), email: 'ana@x' });
  const changes = await settle(id(1));
  const renamed = { id: id(2), email: `restored-${id(2)}-ana@x` };
  expect(changes.renamed).toEqual([renamed]);
  expect(changes.leftOut).toEqual([{ id: id(3), email: 'ana@x' }]);
  expect((await accounts())[1]).toMatchObject({ ...renamed, disabled: true });
});

test('the person who applies stays, though the backup is older than the account', async () => {
  await usualRoles('plant', STAGE);
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account('plant', { id: id(1), email: 'root@x' });
  await account('plant', { id: id(2), email: 'new@x', hash: 'mine' });
  await account('plant', { id: id(3), email: 'other@x' });
  const changes = await settle(id(2));
  expect(changes.kept).toEqual([{ id: id(2), email: 'new@x' }]);
  expect(changes.leftOut).toEqual([{ id: id(3), email: 'other@x' }]);
  expect(await accounts()).toMatchObject([
    { id: id(1) },
    { id: id(2), email: 'new@x', hash: 'mine', disabled: false, role: 'Administrator' },
  ]);
});

test('the person who applies keeps their e-mail, though another account had it in the backup', async () => {
  await usualRoles('plant', STAGE);
  await account(STAGE, { id: id(1), email: 'shared@x' });
  await account('plant', { id: id(1), email: 'moved@x' });
  await account('plant', { id: id(2), email: 'shared@x' });
  await settle(id(2));
  expect(await accounts()).toMatchObject([
    { id: id(1), email: `restored-${id(1)}-shared@x`, disabled: true },
    { id: id(2), email: 'shared@x', disabled: false },
  ]);
});

test('a role that lost actions since does not get them back', async () => {
  await usualRoles('plant', STAGE);
  await client.query(`UPDATE ${STAGE}.role SET actions = '{backup.delete}' WHERE id = $1`, [
    VIEWER,
  ]);
  for (const schema of ['plant', STAGE]) await account(schema, { id: id(1), email: 'root@x' });
  const changes = await settle(id(1));
  expect(changes.roles).toEqual(['Viewer']);
  const { rows } = await client.query(`SELECT actions FROM ${STAGE}.role WHERE id = $1`, [VIEWER]);
  expect(rows[0].actions).toEqual(['network.view']);
});

test('a role made since is carried over with the people who hold it, an unused one is not', async () => {
  await usualRoles('plant', STAGE);
  await role('plant', id(910), 'Auditor', ['audit.view']);
  await role('plant', id(911), 'Nobody’s', ['audit.view']);
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account('plant', { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(2), email: 'ana@x', roleId: ADMIN });
  await account('plant', { id: id(2), email: 'ana@x', roleId: id(910) });
  await settle(id(1));
  expect((await accounts())[1]).toMatchObject({ role: 'Auditor', actions: ['audit.view'] });
  const { rows } = await client.query(`SELECT name FROM ${STAGE}.role ORDER BY name`);
  expect(rows.map((row) => row.name)).toEqual(['Administrator', 'Auditor', 'Viewer']);
});

test('a role deleted and made again under its name is one role, with today’s actions', async () => {
  await usualRoles('plant', STAGE);
  await role(STAGE, id(910), 'Auditor', ['audit.view', 'backup.delete']);
  await role('plant', id(911), 'Auditor', ['audit.view']);
  await account(STAGE, { id: id(1), email: 'ana@x', roleId: id(910) });
  await account('plant', { id: id(1), email: 'ana@x', roleId: id(911) });
  await account(STAGE, { id: id(2), email: 'root@x' });
  await account('plant', { id: id(2), email: 'root@x' });
  await settle(id(2));
  expect((await accounts())[0]).toMatchObject({ role: 'Auditor', actions: ['audit.view'] });
});

test('a role whose name another role has in the backup is carried over under a new name', async () => {
  await usualRoles('plant', STAGE);
  await client.query(`UPDATE ${STAGE}.role SET name = 'Auditor' WHERE id = $1`, [VIEWER]);
  await role('plant', id(911), 'Auditor', ['audit.view']);
  await account(STAGE, { id: id(1), email: 'ana@x', roleId: VIEWER });
  await account('plant', { id: id(1), email: 'ana@x', roleId: id(911) });
  await account(STAGE, { id: id(2), email: 'root@x' });
  await account('plant', { id: id(2), email: 'root@x' });
  await settle(id(2));
  expect((await accounts())[0]).toMatchObject({
    role: 'Auditor (00000911)',
    actions: ['audit.view'],
  });
});

test('an apply by the command line locks nobody out: those who manage users are carried over', async () => {
  await usualRoles('plant', STAGE);
  await account(STAGE, { id: id(1), email: 'former@x' });
  await account('plant', { id: id(2), email: 'root@x' });
  await account('plant', { id: id(3), email: 'closed@x', disabled: true });
  await account('plant', { id: id(4), email: 'viewer@x', roleId: VIEWER });
  const changes = await settle(null);
  expect(changes.kept).toEqual([{ id: id(2), email: 'root@x' }]);
  expect(await accounts()).toMatchObject([
    { id: id(1), disabled: true },
    { id: id(2), disabled: false, role: 'Administrator' },
  ]);
});

test('a plant without accounts disables no account of the backup', async () => {
  await usualRoles(STAGE);
  await account(STAGE, { id: id(1), email: 'root@x' });
  expect(await settle(null)).toMatchObject({ disabled: [], updated: [] });
  expect(await accounts()).toMatchObject([{ id: id(1), disabled: false }]);
});
