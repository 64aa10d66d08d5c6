import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestGraphQL, PASSWORD, TestClient, type TestGraphQL } from '#testing/graphql.ts';
import { SESSION_COOKIE } from './cookies.ts';
import { identify } from './identify.ts';
import { removeEnded } from './sessions.ts';

let graphql: TestGraphQL;
beforeAll(async () => {
  graphql = await openTestGraphQL();
});
afterAll(() => graphql[Symbol.asyncDispose]());

const isSignedIn = async (client: TestClient) =>
  (await client.send('{ sessions { id } }')).code === null;

async function onSession(client: { id: string }, assignment: string): Promise<void> {
  await graphql.server.pool.query(`UPDATE vault.session SET ${assignment} WHERE user_id = $1`, [
    client.id,
  ]);
}

describe('a session', () => {
  const HOUR_MS = 3600 * 1000;
  const endOf = async (client: { id: string }) => {
    const where = { userId: client.id };
    const { expiresAt } = await graphql.server.vault.session.findFirstOrThrow({ where });
    return (expiresAt.getTime() - Date.now()) / HOUR_MS / 24;
  };

  test('ends seven days after it was last used, each use putting its end off', async () => {
    const client = await graphql.signedInAs('Seller');
    expect(await endOf(client)).toBeCloseTo(7, 2);
    await onSession(
      client,
      "last_seen_at = now() - interval '6 days', expires_at = now() + interval '1 day'",
    );
    expect(await isSignedIn(client)).toBe(true);
    expect(await endOf(client)).toBeCloseTo(7, 2);
    await onSession(client, "expires_at = now() - interval '1 second'");
    expect(await isSignedIn(client)).toBe(false);
  });

  test('ends thirty days after it was opened, however much it is used', async () => {
    const client = await graphql.signedInAs('Seller');
    await onSession(
      client,
      "created_at = now() - interval '29 days', last_seen_at = now() - interval '1 hour'",
    );
    expect(await isSignedIn(client)).toBe(true);
    expect(await endOf(client)).toBeCloseTo(1, 2);
  });

  test('that was used for longer than that ends with its next use', async () => {
    const client = await graphql.signedInAs('Seller');
    await onSession(
      client,
      "created_at = now() - interval '31 days', last_seen_at = now() - interval '1 hour'",
    );
    await isSignedIn(client);
    expect(await isSignedIn(client)).toBe(false);
  });

  test('is not written at every use', async () => {
    const client = await graphql.signedInAs('Seller');
    const read = () => graphql.server.vault.session.findMany({ where: { userId: client.id } });
    const before = await read();
    await client.send('{ version }');
    expect(await read()).toEqual(before);
  });

  test('ends with sign-out, also for a copy of the cookie', async () => {
    const client = await graphql.signedInAs('Seller');
    const answer = await client.send('mutation { signOut { signedOut } }');
    expect(answer.data).toEqual({ signOut: { signedOut: true } });
    expect(answer.headers.get('set-cookie')).toMatch(/^fiberkeep_session=; Path=\/; Max-Age=0;/);
    expect(await isSignedIn(client)).toBe(false);
  });

  test('is listed to its person alone, who can end it from another one', async () => {
    const client = await graphql.signedInAs('Seller');
    const other = await graphql.anyone.signIn(client.email, PASSWORD);
    const stranger = await graphql.signedInAs('Administrator');
    const listed = await other.send('{ sessions { id current } }');
    const sessions = listed.read<{ id: string; current: boolean }[]>('sessions');
    expect(sessions.map((session) => session.current)).toEqual([true, false]);
    const revoke = 'mutation ($id: ID!) { revokeSession(id: $id) { id } }';
    const id = sessions[1]?.id;
    expect((await stranger.send(revoke, { id })).code).toBe('NOT_FOUND');
    expect(await isSignedIn(client)).toBe(true);
    expect((await other.send(revoke, { id })).code).toBe(null);
    expect(await isSignedIn(client)).toBe(false);
    expect((await other.send(revoke, { id })).code).toBe('NOT_FOUND');
    expect((await other.send(revoke, { id: "'; drop" })).code).toBe('NOT_FOUND');
  });

  test('means nothing once the account is disabled or deleted', async () => {
    const disabled = await graphql.signedInAs('Seller');
    const deleted = await graphql.signedInAs('Seller');
    await graphql.server.plant.user.update({
      where: { id: disabled.id },
      data: { disabled: true },
    });
    await graphql.server.plant.user.delete({ where: { id: deleted.id } });
    expect(await isSignedIn(disabled)).toBe(false);
    expect(await isSignedIn(deleted)).toBe(false);
  });

  test('is not opened by tokens that nobody was given', async () => {
    for (const token of ['', 'x', '0'.repeat(43), 'é', '%00', "' OR 1=1", 'a'.repeat(4000)])
      expect(await isSignedIn(new TestClient(`${SESSION_COOKIE}=${encodeURI(token)}`))).toBe(false);
  });

  test('is recognized in the headers of a Node request and of a web request', async () => {
    const client = await graphql.signedInAs('Seller');
    const cookie = `theme=dark; ${client.cookie}; other=1`;
    for (const headers of [{ cookie }, new Headers({ cookie })])
      expect(await identify(graphql.server, headers, '192.0.2.8')).toMatchObject({
        id: client.id,
        name: client.name,
        address: '192.0.2.8',
        actions: new Set(['network.view']),
      });
    expect(await identify(graphql.server, {}, '192.0.2.8')).toBe(null);
  });

  test('is removed by housekeeping after it ended, not before', async () => {
    const ended = await graphql.signedInAs('Seller');
    const open = await graphql.signedInAs('Seller');
    await ended.send('mutation { signOut { signedOut } }');
    const old = await graphql.signedInAs('Seller');
    await onSession(old, "expires_at = now() - interval '1 second'");
    await removeEnded(graphql.server);
    const left = await graphql.server.vault.session.findMany({
      where: { userId: { in: [ended.id, open.id, old.id] } },
    });
    expect(left.map((session) => session.userId)).toEqual([open.id]);
  });
});

describe('changing the password', () => {
  const CHANGE =
    'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { me { user { id } } } }';

  test('ends all other sessions and keeps this one', async () => {
    const client = await graphql.signedInAs('Seller');
    const other = await graphql.anyone.signIn(client.email, PASSWORD);
    const changed = await client.send(CHANGE, { old: PASSWORD, new: 'another long password' });
    expect(changed.code).toBe(null);
    expect(await isSignedIn(client)).toBe(true);
    expect(await isSignedIn(other)).toBe(false);
    await expect(graphql.anyone.signIn(client.email, PASSWORD)).rejects.toThrow('refused');
    await graphql.anyone.signIn(client.email, 'another long password');
  });

  const refused: [string, string, string, string][] = [
    ['a wrong current one', 'wrong', 'another long password', 'currentPassword'],
    ['nine characters', PASSWORD, '123456789', 'newPassword'],
    ['1,001 characters', PASSWORD, 'x'.repeat(1001), 'newPassword'],
    ['the same again', PASSWORD, PASSWORD, 'newPassword'],
  ];
  for (const [what, old, fresh, path] of refused)
    test(`refuses ${what}, naming the field`, async () => {
      const client = await graphql.signedInAs('Seller');
      const answer = await client.send(CHANGE, { old, new: fresh });
      expect(answer.code).toBe('VALIDATION_FAILED');
      expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([path]);
    });

  test('takes ten and a thousand characters, in any script', async () => {
    const client = await graphql.signedInAs('Seller');
    const ten = 'пароль🔑🔑🔑🔑';
    expect((await client.send(CHANGE, { old: PASSWORD, new: ten })).code).toBe(null);
    expect((await client.send(CHANGE, { old: ten, new: 'x'.repeat(1000) })).code).toBe(null);
    await graphql.anyone.signIn(client.email, 'x'.repeat(1000));
    const keys = '🔑'.repeat(1000);
    expect((await client.send(CHANGE, { old: 'x'.repeat(1000), new: keys })).code).toBe(null);
    await graphql.anyone.signIn(client.email, keys);
  });

  test('is refused after ten wrong guesses at the current one', async () => {
    const client = await graphql.signedInAs('Seller');
    const guess = { old: 'guess', new: 'another long password' };
    for (let n = 0; n < 10; n++) await client.send(CHANGE, guess);
    expect((await client.send(CHANGE, { ...guess, old: PASSWORD })).code).toBe('RATE_LIMITED');
  });

  test('takes no e-mail address as password', async () => {
    const client = await graphql.signedInAs('Seller');
    const answer = await client.send(CHANGE, { old: PASSWORD, new: client.email.toUpperCase() });
    expect(answer.errors[0]?.extensions.fields).toMatchObject([
      { path: 'newPassword', reason: 'passwordIsEmail' },
    ]);
  });
});

describe('the profile', () => {
  const UPDATE =
    'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { me { user { name locale } } } }';

  test('keeps what is left out, and forgets the language when told so', async () => {
    const client = await graphql.signedInAs('Seller');
    const name = '<b>José 😀</b> עברית';
    await client.send(UPDATE, { input: { name, locale: 'pt-BR' } });
    expect((await client.send(UPDATE, { input: {} })).data).toEqual({
      updateProfile: { me: { user: { name, locale: 'pt-BR' } } },
    });
    expect((await client.send(UPDATE, { input: { locale: null } })).data).toEqual({
      updateProfile: { me: { user: { name, locale: null } } },
    });
  });

  const refused: [string, Record<string, unknown>, string][] = [
    ['an empty name', { name: '  ' }, 'input.name'],
    ['100,000 characters', { name: 'x'.repeat(100_000) }, 'input.name'],
    ['a NUL', { name: 'a\u0000b' }, 'input.name'],
    ['a line break', { name: 'a\nb' }, 'input.name'],
    ['a language that is not there', { locale: 'tlh' }, 'input.locale'],
  ];
  for (const [what, input, path] of refused)
    test(`refuses ${what}`, async () => {
      const client = await graphql.signedInAs('Seller');
      const answer = await client.send(UPDATE, { input });
      expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([path]);
    });
});
