import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { openTestServer } from '#testing/server.ts';
import { createApiKey } from '#vault/api-keys.ts';
import { actorOfKey } from './api-key-access.ts';
import { CALL_LIMIT } from './call-counter.ts';

test('a key that is used too often is told to wait, and other keys are not', async () => {
  await using opened = await openTestServer();
  const { server } = opened;
  const role = await server.plant.role.create({ data: { name: 'R', actions: ['backup.view'] } });
  const owner = await server.plant.user.create({
    data: { name: 'Ana', email: 'ana@example.net', passwordHash: '', roleId: role.id },
  });
  const make = () =>
    createApiKey(server.vault, {
      name: randomUUID(),
      owner,
      actions: ['backup.view'],
      expiresAt: null,
    });
  const [busy, calm] = [await make(), await make()];
  const calls = Array.from({ length: CALL_LIMIT.points + 1 }, () =>
    actorOfKey(server, busy.secret, '192.0.2.7').then(
      () => null,
      (refused) => refused,
    ),
  );
  const refused = (await Promise.all(calls)).filter((answer) => answer !== null);
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterSeconds: expect.any(Number),
  });
  expect((await actorOfKey(server, calm.secret, '192.0.2.7')).name).toBe('Ana');
});
