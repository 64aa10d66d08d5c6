import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeIdentity } from '#engine/archive/container/age/x25519.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { parseServerKey } from '#engine/sealing/server-key.ts';
import { localActor, permitInPerson } from '#services/permit.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import { readServerKey } from '#services/server.ts';
import {
  openTestGraphQL,
  PASSWORD,
  type SignedInClient,
  type TestGraphQL,
} from '#testing/graphql.ts';

let graphql: TestGraphQL;
let administrator: SignedInClient;

beforeAll(async () => {
  graphql = await openTestGraphQL();
  administrator = await graphql.signedInAs('Administrator');
});
afterAll(() => graphql[Symbol.asyncDispose]());

interface State {
  saved: boolean;
  savedBy: { id: string } | null;
  checked: boolean;
  checkedBy: { id: string } | null;
  askedGroups: number[];
}

interface Shown {
  kit: {
    serverId: string;
    serverKey: string;
    serverKeyGroups: string[];
    ageIdentity: string;
    ageRecipient: string;
    text: string;
    fileName: string;
  };
  state: State;
}

const stateParts = 'saved savedBy { id } checked checkedBy { id } askedGroups';
const show = (client: SignedInClient, password: string) =>
  client.send(
    `mutation ($password: String!) { recoveryKit(password: $password) {
       kit { serverId serverKey serverKeyGroups ageIdentity ageRecipient text fileName }
       state { ${stateParts} } } }`,
    { password },
  );
const check = (part: string) =>
  administrator.send(
    `mutation ($part: String!) { checkRecoveryKit(part: $part) { state { ${stateParts} } } }`,
    { part },
  );
const state = async () =>
  (await administrator.send(`{ kitState { ${stateParts} } }`)).read<State>('kitState');
const audited = (action: string) =>
  graphql.server.vault.auditEvent.findMany({ where: { action }, orderBy: { at: 'asc' } });

describe('the recovery kit', () => {
  test('was neither saved nor checked at first, and cannot be checked unseen', async () => {
    expect(await state()).toMatchObject({ saved: false, checked: false, savedBy: null });
    expect((await check('QQQQQQQQ')).code).toBe('CONFLICT');
  });

  test('is not shown for a wrong password, and that is audited', async () => {
    const answer = await show(administrator, `${PASSWORD}!`);
    expect(answer.code).toBe('VALIDATION_FAILED');
    expect(answer.errors[0]?.extensions.fields).toMatchObject([
      { path: 'password', reason: 'wrongPassword' },
    ]);
    expect((await audited('recovery-kit.show')).map(({ outcome }) => outcome)).toEqual(['REFUSED']);
    expect((await state()).saved).toBe(false);
  });

  test('holds the server key and the identity of age, and says who saw it', async () => {
    const { kit, state } = (await show(administrator, PASSWORD)).read<Shown>('recoveryKit');
    const key = await readServerKey(graphql.server.config);
    expect(parseServerKey(kit.serverKey)).toEqual(key);
    expect(`FIBERKEEP-KEY1${kit.serverKeyGroups.join('')}`).toBe(kit.serverKey);
    const keys = deriveKeys(key);
    expect(decodeIdentity(kit.ageIdentity)).toEqual(keys.recovery);
    expect(kit.serverId).toBe(keys.serverId);
    expect(state).toMatchObject({ saved: true, savedBy: { id: administrator.id }, checked: false });
    const events = await audited('recovery-kit.show');
    expect(events.at(-1)).toMatchObject({ outcome: 'DONE', actorId: administrator.id });
  });

  test('as a text file is an identity file of age', async () => {
    const { kit } = (await show(administrator, PASSWORD)).read<Shown>('recoveryKit');
    const lines = kit.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines).toEqual([kit.ageIdentity]);
    expect(kit.text).toContain(kit.serverId);
    expect(kit.text).toContain(kit.serverKey);
    expect(kit.text.split('\n').every((line) => line.length <= 100)).toBe(true);
  });

  test('is checked by the groups that are asked for, and by nothing else', async () => {
    const { kit, state: asked } = (await show(administrator, PASSWORD)).read<Shown>('recoveryKit');
    const groups = asked.askedGroups.map((number) => kit.serverKeyGroups[number - 1] ?? '');
    expect(new Set(asked.askedGroups).size).toBe(2);
    for (const wrong of ['', groups[0] ?? '', [...groups].reverse().join(''), kit.serverKey])
      expect((await check(wrong)).code).toBe('VALIDATION_FAILED');
    expect((await state()).checked).toBe(false);
    const checked = await check(` ${groups.join(' ').toLowerCase()} `);
    expect(checked.code).toBe(null);
    expect(await state()).toMatchObject({ checked: true, checkedBy: { id: administrator.id } });
    const outcomes = (await audited('recovery-kit.check')).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['REFUSED', 'REFUSED', 'REFUSED', 'REFUSED', 'DONE']);
  });

  test('can be printed on the machine, and not by a session through the same door', async () => {
    const { server } = graphql;
    const local = await permitInPerson(server, localActor('command line'), 'backup.configure');
    expect((await printRecoveryKit(server, local)).kit.serverId).toBe(server.keys.serverId);
    const actor = { ...localActor('Ana'), sessionId: 'one' };
    const remote = await permitInPerson(server, actor, 'backup.configure');
    await expect(printRecoveryKit(server, remote)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('takes ten guesses and no more', async () => {
    const guesser = await graphql.signedInAs('Administrator');
    const codes: (string | null)[] = [];
    for (let n = 0; n < 12; n++) codes.push((await show(guesser, `guess ${n}`)).code);
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('VALIDATION_FAILED'));
    expect(codes.slice(10)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect((await show(guesser, PASSWORD)).code).toBe('RATE_LIMITED');
  });

  test('leaves no secret in the database', async () => {
    const { kit } = (await show(administrator, PASSWORD)).read<Shown>('recoveryKit');
    const { pool } = graphql.server;
    const { rows: tables } = await pool.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema IN ('plant', 'vault')`,
    );
    const key = await readServerKey(graphql.server.config);
    const secrets = [
      kit.serverKey,
      kit.serverKeyGroups.slice(0, 4).join(''),
      kit.ageIdentity,
      key.toString('hex'),
    ];
    for (const { name } of tables) {
      const { rows } = await pool.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      for (const { text } of rows)
        for (const secret of secrets)
          expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });
});
