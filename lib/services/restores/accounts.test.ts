import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANA, openRestoreLab, type RestoreLab, RUI } from '#testing/restores.ts';
import { createApiKey } from '#vault/api-keys.ts';
import { createSession } from '#vault/sessions.ts';
import { countAdministrators } from '../accounts/account-rows.ts';
import { administrator } from '../accounts/built-in-roles.ts';
import { SESSION_COOKIE } from '../accounts/cookies.ts';
import { identify } from '../accounts/identify.ts';
import { seedRoles } from '../accounts/set-up.ts';
import { returningAccounts } from './returning-account-rows.ts';

let lab: RestoreLab;

beforeEach(async () => {
  lab = await openRestoreLab();
});

afterEach(() => lab[Symbol.asyncDispose]());

const VIEWER = '00000000-0000-7000-8000-0000000000a2';

describe('accounts', () => {
  const open = (userId: string) =>
    createSession(
      lab.server.vault,
      { userId, address: '', userAgent: '' },
      lab.server.config.sessionLife,
    );
  const isOpen = async ({ token }: { token: string }) =>
    (await identify(lab.server, { cookie: `${SESSION_COOKIE}=${token}` }, '')) !== null;
  const makeUser = (email: string) =>
    lab.server.plant.user.create({
      data: { email, name: email, passwordHash: 'h', roleId: VIEWER },
    });

  test('are those of today after a restore and after its undo, with their sessions and keys', async () => {
    const backup = await lab.create('Monday');
    const carla = await makeUser('carla@example.net');
    await lab.server.plant.user.update({
      where: { id: RUI },
      data: { passwordHash: 'changed', name: 'R.' },
    });
    const sessions = [await open(ANA), await open(RUI), await open(carla.id)];
    const key = { name: 'k', owner: carla, actions: ['network.view'], expiresAt: null };
    const { secret } = await createApiKey(lab.server.vault, key);
    const today = await lab.server.plant.user.findMany({ orderBy: { id: 'asc' } });
    const stays = async () => {
      expect(await lab.server.plant.user.findMany({ orderBy: { id: 'asc' } })).toEqual(today);
      expect(await Promise.all(sessions.map(isOpen))).toEqual([true, true, true]);
      const headers = { authorization: `Bearer ${secret}` };
      expect(await identify(lab.server, headers, '')).toMatchObject({ id: carla.id });
    };
    const restore = await lab.stage(backup);
    await lab.apply(restore);
    await stays();
    await lab.undo(restore);
    await stays();
  });

  test('made between two backups stay through a restore of either, one after the other', async () => {
    const monday = await lab.create('Monday');
    const carla = await makeUser('carla@example.net');
    const session = await open(carla.id);
    const friday = await lab.create('Friday');
    await lab.apply(await lab.stage(monday));
    await lab.apply(await lab.stage(friday));
    expect(await lab.server.plant.user.findUnique({ where: { id: carla.id } })).toEqual(carla);
    expect(await isOpen(session)).toBe(true);
  });

  test('of today keep an e-mail that a manager restores from when it was another’s', async () => {
    const backup = await lab.create('Monday');
    await lab.server.plant.user.update({ where: { id: ANA }, data: { email: 'new@example.net' } });
    const manager = await makeUser('ana@example.net');
    await lab.apply(await lab.stage(backup));
    expect(await lab.server.plant.user.findUnique({ where: { id: ANA } })).toMatchObject({
      email: 'new@example.net',
      disabled: false,
    });
    expect(await lab.server.plant.user.findUnique({ where: { id: manager.id } })).toEqual(manager);
  });

  test('made anew with the address of one that a swap had are the address’s after an undo', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    const carla = await makeUser('carla@example.net');
    await lab.apply(restore);
    await lab.server.plant.user.delete({ where: { id: carla.id } });
    const again = await makeUser('carla@example.net');
    await lab.undo(restore);
    const found = await lab.server.plant.user.findMany({ where: { email: { contains: 'carla' } } });
    expect(found).toMatchObject([
      { id: carla.id, disabled: true, email: `restored-${carla.id}-carla@example.net` },
      { id: again.id, disabled: false, email: 'carla@example.net' },
    ]);
  });

  test('of a new administrator stay where the backup knows only the one before', async () => {
    const backup = await lab.create('Monday');
    await seedRoles(lab.server);
    const roleId = administrator.id;
    const chief = await makeUser('chief@example.net');
    await lab.server.plant.user.update({ where: { id: chief.id }, data: { roleId } });
    await lab.server.plant.user.delete({ where: { id: RUI } });
    await lab.apply(await lab.stage(backup));
    expect(await countAdministrators(lab.server.plant)).toBe(1);
  });

  test('get no action from a backup in which a role of another id is called Administrator', async () => {
    await seedRoles(lab.server);
    await lab.server.plant.role.update({
      where: { id: administrator.id },
      data: { name: 'x' },
    });
    const impostor = await lab.server.plant.role.create({
      data: { name: 'Administrator', actions: ['network.view'] },
    });
    const backup = await lab.create('Foreign');
    await lab.server.plant.role.delete({ where: { id: impostor.id } });
    await lab.server.plant.role.update({
      where: { id: administrator.id },
      data: { name: 'Administrator' },
    });
    await lab.apply(await lab.stage(backup));
    await seedRoles(lab.server);
    const came = await lab.server.plant.role.findUniqueOrThrow({ where: { id: impostor.id } });
    expect(came.actions).toEqual(['network.view']);
    expect(came.name).not.toBe('Administrator');
  });

  test('that come back are listed before, and enabled only by who has all that they may do', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    await lab.server.plant.user.delete({ where: { id: RUI } });
    const [listed, ...others] = await returningAccounts(lab.server, restore.stageSchema);
    expect([listed, others]).toMatchObject([{ id: RUI, email: 'rui@example.net' }, []]);
    const enableAccounts = [RUI];
    await lab.server.plant.role.updateMany({ data: { actions: ['backup.restore'] } });
    await expect(lab.apply(restore, { enableAccounts })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      params: { action: 'users.manage' },
    });
    const roles = (where: object, actions: string[]) =>
      lab.server.plant.role.updateMany({ where, data: { actions } });
    await roles({}, ['backup.restore', 'users.manage']);
    await roles({ id: VIEWER }, ['network.view']);
    await expect(lab.apply(restore, { enableAccounts })).rejects.toMatchObject({
      reason: 'mayDoMoreThanYou',
    });
    await roles({ id: VIEWER }, ['users.manage']);
    await lab.apply(restore, { enableAccounts });
    expect(await lab.server.plant.user.findUnique({ where: { id: RUI } })).toMatchObject({
      disabled: false,
    });
  });

  test('an account deleted since comes back disabled, which the audit names', async () => {
    const backup = await lab.create('Monday');
    await lab.server.plant.user.delete({ where: { id: RUI } });
    await lab.apply(await lab.stage(backup));
    expect(await lab.server.plant.user.findUnique({ where: { id: RUI } })).toMatchObject({
      disabled: true,
    });
    const event = await lab.server.vault.auditEvent.findFirstOrThrow({
      where: { action: 'backup.apply' },
    });
    expect(event.detail).toEqual({
      accounts: { disabled: { count: 1, first: ['rui@example.net'] } },
    });
  });
});
