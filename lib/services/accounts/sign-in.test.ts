import * as argon2 from '@node-rs/argon2';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestGraphQL, PASSWORD, type TestGraphQL } from '#testing/graphql.ts';
import { hashToken } from '#vault/sessions.ts';
import { clearedSessionCookie, readCookie, SESSION_COOKIE, sessionCookie } from './cookies.ts';
import {
  ACCOUNT_LIMIT,
  ADDRESS_LIMIT,
  addressKey,
  EMAIL_LIMIT,
  guessesAt,
  guessesFrom,
} from './limits.ts';

vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof argon2>();
  return { ...real, verify: vi.fn(real.verify) };
});

let graphql: TestGraphQL;
beforeAll(async () => {
  graphql = await openTestGraphQL();
});
afterAll(() => graphql[Symbol.asyncDispose]());
afterEach(() => graphql.server.vault.rateLimit.deleteMany());

const SIGN_IN =
  'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { email } } } }';

function signIn(
  email: string,
  password: string,
  address = '192.0.2.7',
  cookie: string | null = null,
) {
  const headers = { 'x-fiberkeep-address': address, ...(cookie && { cookie }) };
  return graphql.anyone.send(SIGN_IN, { email, password }, headers);
}

describe('signing in', () => {
  test('hands the session to the browser alone, never to scripts or other sites', async () => {
    const { email } = await graphql.signedInAs('Seller');
    const cookies = (await signIn(email, PASSWORD)).headers.getSetCookie();
    expect(cookies.map((cookie) => cookie.replace(/=[\w-]{43,};/, '=TOKEN;'))).toEqual([
      'fiberkeep_session=TOKEN; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax',
      'fiberkeep_device=TOKEN; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax',
    ]);
  });

  test('binds the cookie to this host and to https where people come by https', () => {
    const secure = { ...graphql.server.config, publicUrl: 'https://fiberkeep.example' };
    const set = sessionCookie(secure, 'T');
    expect(set).toBe(
      '__Host-fiberkeep_session=T; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure',
    );
    expect(clearedSessionCookie(secure)).toMatch(/^__Host-fiberkeep_session=; Path=\/; .*Secure$/);
    expect(readCookie(secure, { cookie: set.split(';')[0] }, SESSION_COOKIE)).toBe('T');
    // What http, or a neighbouring host, could have set.
    expect(readCookie(secure, { cookie: `${SESSION_COOKIE}=T` }, SESSION_COOKIE)).toBeNull();
  });

  test('keeps only the hash of the token', async () => {
    const { email } = await graphql.signedInAs('Seller');
    const answer = await signIn(email, PASSWORD);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    const token = readCookie(graphql.server.config, { cookie }, SESSION_COOKIE) ?? '';
    const tokenHash = hashToken(token);
    expect(await graphql.server.vault.session.count({ where: { tokenHash } })).toBe(1);
    const dump = await graphql.server.pool.query('SELECT s::text FROM vault.session s');
    expect(JSON.stringify(dump.rows)).not.toContain(token);
  });

  test('takes the e-mail in any case and with spaces around it', async () => {
    const { email } = await graphql.signedInAs('Seller');
    expect((await signIn(`  ${email.toUpperCase()} `, PASSWORD)).code).toBe(null);
  });

  test('ends the session that the browser had', async () => {
    const client = await graphql.signedInAs('Seller');
    await client.send(SIGN_IN, { email: client.email, password: PASSWORD });
    expect((await client.send('{ sessions { id } }')).code).toBe('UNAUTHENTICATED');
  });

  test('tells nobody whether the e-mail, the password or the account was the reason', async () => {
    const wrong = await graphql.signedInAs('Seller');
    const disabled = await graphql.signedInAs('Seller');
    await graphql.server.plant.user.update({
      where: { id: disabled.id },
      data: { disabled: true },
    });
    const answers = [
      await signIn(wrong.email, 'not the password'),
      await signIn(disabled.email, PASSWORD),
      await signIn('nobody@example.net', PASSWORD),
      await signIn('', ''),
      await signIn('nul\u0000@example.net', PASSWORD),
      await signIn(`${'a'.repeat(100_000)}@example.net`, 'x'.repeat(100_000)),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.errors).toEqual(answers[0]?.errors);
      expect(answer.headers.get('set-cookie')).toBe(null);
    }
    expect(answers[0]?.code).toBe('SIGN_IN_FAILED');
  });

  test('does the work of checking a password also for an e-mail that nobody has', async () => {
    const { email } = await graphql.signedInAs('Seller');
    const verify = vi.mocked(argon2.verify);
    const parameters = [];
    for (const one of [email, 'nobody@example.net']) {
      verify.mockClear();
      await signIn(one, 'not the password');
      expect(verify).toHaveBeenCalledTimes(1);
      parameters.push(argon2.parseOptions(String(verify.mock.calls[0]?.[0])));
    }
    expect(parameters[1]).toEqual(parameters[0]);
    expect(parameters[0]).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  });

  test('audits who came and who was refused, but not what was typed as an unknown e-mail', async () => {
    const { email, id, name } = await graphql.signedInAs('Seller');
    await graphql.server.vault.auditEvent.deleteMany();
    await signIn(email, PASSWORD);
    await signIn(email, 'not the password');
    await signIn('my secret password', 'x');
    const events = await graphql.server.vault.auditEvent.findMany({ orderBy: { id: 'asc' } });
    expect(
      events.map((event) => [event.action, event.outcome, event.actorId, event.address]),
    ).toEqual([
      ['session.sign-in', 'DONE', id, '192.0.2.7'],
      ['session.sign-in', 'REFUSED', null, '192.0.2.7'],
      ['session.sign-in', 'REFUSED', null, '192.0.2.7'],
    ]);
    expect(events.map((event) => event.actorName)).toEqual([name, email, '']);
  });
});

/** As if so many failures had been counted. */
async function exhaust(key: string, points: number): Promise<void> {
  await graphql.server.pool.query(
    `INSERT INTO vault.rate_limit VALUES ($1, $2, now() + interval '1 minute')
     ON CONFLICT (key) DO UPDATE SET points = excluded.points`,
    [key, points],
  );
}

/** The counter of failures at an account from everywhere. */
function accountKey(email: string): string {
  return guessesAt(email, '').find(({ rate }) => rate === ACCOUNT_LIMIT)?.key ?? '';
}

describe('a device on which the person signed in before', () => {
  /** The cookie that the browser keeps, and how to sign in with it. */
  async function openDevice(before: string | null = null) {
    const person = await graphql.signedInAs('Seller');
    const first = await signIn(person.email, PASSWORD, '192.0.2.7', before);
    const cookie = first.headers.getSetCookie()[1]?.split(';')[0] ?? '';
    const again = (password: string) => signIn(person.email, password, '203.0.113.5', cookie);
    return { ...person, cookie, again };
  }

  test('is never kept out by failures elsewhere, nor by those of its own network', async () => {
    const { email, again } = await openDevice();
    await exhaust(accountKey(email), ACCOUNT_LIMIT.points);
    await exhaust(addressKey('203.0.113.5'), ADDRESS_LIMIT.points);
    expect((await signIn(email, PASSWORD, '203.0.113.5')).code).toBe('RATE_LIMITED');
    expect((await again(PASSWORD)).code).toBe(null);
  });

  test('has ten tries of its own, and after them those of everybody', async () => {
    const { email, again } = await openDevice();
    await exhaust(accountKey(email), ACCOUNT_LIMIT.points);
    for (let n = 0; n < EMAIL_LIMIT.points; n++)
      expect((await again('wrong')).code).toBe('SIGN_IN_FAILED');
    expect((await again(PASSWORD)).code).toBe('RATE_LIMITED');
  });

  test('is known for each of the people who share the browser', async () => {
    const ana = await openDevice();
    const rui = await openDevice(ana.cookie);
    for (const { email } of [ana, rui]) {
      await exhaust(accountKey(email), ACCOUNT_LIMIT.points);
      expect((await signIn(email, PASSWORD, '203.0.113.6', rui.cookie)).code).toBe(null);
    }
  });

  test('is not pretended with a cookie that is altered, made up, or of somebody else', async () => {
    const { email, cookie } = await openDevice();
    const other = await openDevice();
    await exhaust(accountKey(email), ACCOUNT_LIMIT.points);
    const altered = cookie.replace(/.(?=.{10}$)/, (one) => (one === 'A' ? 'B' : 'A'));
    for (const wrong of [altered, other.cookie, 'fiberkeep_device=x', cookie.slice(0, 30)])
      expect((await signIn(email, PASSWORD, '203.0.113.7', wrong)).code).toBe('RATE_LIMITED');
  });
});

describe('too many tries', () => {
  test('of one e-mail from one network are refused, even with the right password, until the window ends', async () => {
    const { email } = await graphql.signedInAs('Seller');
    for (let n = 0; n < EMAIL_LIMIT.points; n++)
      expect((await signIn(email, 'wrong')).code).toBe('SIGN_IN_FAILED');
    const refused = await signIn(email, PASSWORD);
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(refused.errors[0]?.extensions.hint).toMatch(/Wait \d+ seconds/);
    await graphql.server.pool.query(
      "UPDATE vault.rate_limit SET resets_at = now() - interval '1s'",
    );
    expect((await signIn(email, PASSWORD)).code).toBe(null);
  });

  test('from elsewhere do not keep anybody out', async () => {
    const { email } = await graphql.signedInAs('Seller');
    for (let n = 0; n < 2 * EMAIL_LIMIT.points; n++)
      await signIn(email, 'wrong', `192.0.2.${n % 2}`);
    expect((await signIn(email, PASSWORD, '192.0.2.99')).code).toBe(null);
  });

  test('of one e-mail from everywhere together are refused on devices that are new to it', async () => {
    const { email } = await graphql.signedInAs('Seller');
    await exhaust(accountKey(email), ACCOUNT_LIMIT.points);
    expect((await signIn(email, PASSWORD, '192.0.2.99')).code).toBe('RATE_LIMITED');
  });

  test('are forgotten by a sign-in', async () => {
    const { email } = await graphql.signedInAs('Seller');
    for (let n = 1; n < EMAIL_LIMIT.points; n++) await signIn(email, 'wrong');
    expect((await signIn(email, PASSWORD)).code).toBe(null);
    for (let n = 0; n < EMAIL_LIMIT.points; n++)
      expect((await signIn(email, 'wrong')).code).toBe('SIGN_IN_FAILED');
    expect((await signIn(email, 'wrong')).code).toBe('RATE_LIMITED');
  });

  test('of an unknown e-mail are counted like those of a known one', async () => {
    for (let n = 0; n < EMAIL_LIMIT.points; n++) await signIn('ghost@example.net', 'wrong');
    expect((await signIn('GHOST@example.net', 'wrong')).code).toBe('RATE_LIMITED');
  });

  test('from one address are refused for every e-mail, and written down once', async () => {
    const { email } = await graphql.signedInAs('Seller');
    await graphql.server.vault.auditEvent.deleteMany();
    await exhaust(addressKey('198.51.100.1'), ADDRESS_LIMIT.points - 1);
    expect((await signIn('x@example.net', 'wrong', '198.51.100.1')).code).toBe('SIGN_IN_FAILED');
    for (let n = 0; n < 3; n++)
      expect((await signIn(email, PASSWORD, '198.51.100.1')).code).toBe('RATE_LIMITED');
    expect((await signIn(email, PASSWORD, '198.51.100.2')).code).toBe(null);
    const refusals = { action: 'session.rate-limit', outcome: 'REFUSED' };
    expect(await graphql.server.vault.auditEvent.count({ where: refusals })).toBe(1);
  });

  test('do not arise from people of one office who sign in', async () => {
    const { email } = await graphql.signedInAs('Seller');
    for (let n = 0; n < 3; n++) await signIn(email, PASSWORD, '198.51.100.3');
    const row = await graphql.server.vault.rateLimit.findUnique({
      where: { key: addressKey('198.51.100.3') },
    });
    expect(row?.points).toBe(0);
  });

  test('at the same instant are counted each', async () => {
    const tries = Array.from({ length: EMAIL_LIMIT.points + 5 }, () =>
      signIn('ghost@example.net', 'wrong'),
    );
    const codes = (await Promise.all(tries)).map((answer) => answer.code);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(5);
  });

  test('are counted for the whole site of an IPv6 network too', () => {
    const keys = (address: string) => guessesFrom(address).map(({ key }) => key);
    expect(keys('2001:db8:1:2::1')[0]).toBe(keys('2001:db8:1:3::9')[0]);
    expect(keys('2001:db8:1:2::1')[0]).not.toBe(keys('2001:db8:2:2::1')[0]);
    for (const one of ['192.0.2.1', '::ffff:192.0.2.1', '']) expect(keys(one)).toHaveLength(1);
  });

  test('are counted by network for IPv6, by address for IPv4', () => {
    expect(addressKey('2001:db8:1:2::1')).toBe(addressKey('2001:db8:1:2:3:4:5:6'));
    expect(addressKey('2001:db8:1:2::1')).not.toBe(addressKey('2001:db8:1:3::1'));
    expect(addressKey('2001:db8::1')).toBe(addressKey('2001:db8:0:0:ffff::1'));
    expect(addressKey('::ffff:192.0.2.1')).not.toBe(addressKey('::ffff:192.0.2.2'));
    expect(addressKey('192.0.2.1')).not.toBe(addressKey('192.0.2.2'));
    expect(addressKey('')).toBe('sign-in:address:');
  });
});
