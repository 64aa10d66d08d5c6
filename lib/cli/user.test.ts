import { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { administrator } from '#services/accounts/built-in-roles.ts';
import { hashPassword, verifyPassword } from '#services/accounts/passwords.ts';
import { seedRoles } from '#services/accounts/set-up.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { createSession, isSessionOpen } from '#vault/sessions.ts';
import { addUser } from './user.ts';

let opened: TestServer;
beforeAll(async () => {
  opened = await openTestServer();
  await seedRoles(opened.server);
  for (const [name, value] of Object.entries(opened.env)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await opened[Symbol.asyncDispose]();
});

/** What `fiberkeep user …` prints as JSON. */
async function answer(...args: string[]) {
  const said: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  const program = new Command('fiberkeep');
  addUser(program);
  await program.parseAsync(['user', ...args, '--json'], { from: 'user' });
  write.mockRestore();
  process.exitCode = undefined;
  return JSON.parse(said.join(''));
}

test('the operator lists accounts, enables one, and resets its password', async () => {
  const { plant, vault } = opened.server;
  const { id } = await plant.user.create({
    data: {
      email: 'ana@example.net',
      name: 'Ana',
      passwordHash: await hashPassword('a forgotten password'),
      disabled: true,
      roleId: administrator.id,
    },
  });
  const listed = { id, email: 'ana@example.net', name: 'Ana', disabled: true };
  expect(await answer('list')).toEqual({ users: [{ ...listed, role: 'Administrator' }] });
  expect(await answer('enable', ' Ana@Example.net')).toEqual({
    user: { ...listed, disabled: false },
  });
  const session = await createSession(
    vault,
    { userId: id, address: '', userAgent: '' },
    opened.server.config.sessionLife,
  );
  const { password } = await answer('reset-password', 'ana@example.net');
  const { passwordHash } = await plant.user.findUniqueOrThrow({ where: { id } });
  expect(await verifyPassword(passwordHash, password)).toBe(true);
  expect(await isSessionOpen(vault, session.id)).toBe(false);
  const audited = await vault.auditEvent.findMany({ where: { action: 'users.update' } });
  expect(audited.map(({ actorKind }) => actorKind)).toEqual(['COMMAND_LINE', 'COMMAND_LINE']);
  expect((await answer('enable', 'nobody@example.net')).error).toMatchObject({
    code: 'NOT_FOUND',
    reason: 'noUserWithEmail',
  });
});
