import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openTestGraphQL,
  type SignedInClient,
  TestClient,
  type TestGraphQL,
} from '#testing/graphql.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';

let graphql: TestGraphQL;
let ana: SignedInClient;

beforeAll(async () => {
  graphql = await openTestGraphQL();
  ana = await graphql.signedInAs('Administrator');
});

afterAll(() => graphql[Symbol.asyncDispose]());

const me = '{ me { user { id } actions } }';
const revoke =
  'mutation ($id: ID!) { revokeApiKey(id: $id) { id apiKey { status revokedBy { id } } } }';

interface ListedKey {
  readonly id: string;
  readonly status: string;
  readonly effectiveActions: string[];
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
}

async function listed(id: string): Promise<ListedKey> {
  const answer = await ana.send(
    '{ apiKeys(first: 200) { nodes { id status effectiveActions lastUsedAt lastUsedFrom } } }',
  );
  const found = answer.read<{ nodes: ListedKey[] }>('apiKeys').nodes.find((key) => key.id === id);
  if (!found) throw new Error('the key is not in the list');
  return found;
}

function audited(action: string, targetId: string) {
  return graphql.server.vault.auditEvent.findMany({
    where: { action, targetId },
    orderBy: { at: 'asc' },
  });
}

describe('an API key', () => {
  test('is shown once, and is nowhere in the database', async () => {
    const answer = await ana.send(
      `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey {
         id name hint status actions effectiveActions owner { id name } createdAt expiresAt
         revokedAt revokedBy { id } lastUsedAt lastUsedFrom } } }`,
      { input: { name: ' nightly copy ', actions: ['backup.download', 'backup.view'] } },
    );
    const { secret, apiKey } = answer.read<{ secret: string; apiKey: { id: string } }>(
      'createApiKey',
    );
    expect(secret).toMatch(/^fbk_[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(secret.slice(4), 'base64url')).toHaveLength(32);
    expect(apiKey).toMatchObject({
      name: 'nightly copy',
      hint: `fbk_…${secret.slice(-4)}`,
      status: 'ACTIVE',
      actions: ['backup.view', 'backup.download'],
      effectiveActions: ['backup.view', 'backup.download'],
      owner: { id: ana.id, name: ana.name },
      expiresAt: null,
      revokedAt: null,
      revokedBy: null,
      lastUsedAt: null,
      lastUsedFrom: null,
    });
    const { rows: tables } = await graphql.server.pool.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema IN ('plant', 'vault')`,
    );
    for (const { name } of tables) {
      const { rows } = await graphql.server.pool.query(`SELECT t::text AS text FROM ${name} t`);
      for (const { text } of rows) expect(text).not.toContain(secret.slice(4));
    }
    expect(await audited('api-key.create', apiKey.id)).toMatchObject([
      { outcome: 'DONE', actorId: ana.id, targetName: 'nightly copy' },
    ]);
  });

  test('identifies its owner, with its own actions', async () => {
    const { client } = await ana.makeKey(['backup.view']);
    expect((await client.send(me)).read('me')).toEqual({
      user: { id: ana.id },
      actions: ['backup.view'],
    });
    expect((await client.send('{ backups { totalCount } }')).code).toBe(null);
    const refused = await client.send('{ users { totalCount } }');
    expect(refused).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer realm="Fiberkeep", error="insufficient_scope"',
    );
    expect(refused.errors[0]?.message).toBe('This API key does not allow users.manage.');
  });

  test('never does more than its owner may now', async () => {
    const { server } = graphql;
    const role = await server.plant.role.create({
      data: { name: 'Keeper', actions: ['backup.view', 'backup.create', 'apikeys.manage'] },
    });
    const keeper = await graphql.signedInAs('Keeper');
    const { client, id } = await keeper.makeKey(['backup.view', 'backup.create']);
    await server.plant.role.update({
      where: { id: role.id },
      data: { actions: ['backup.create'] },
    });
    expect((await client.send('{ backups { totalCount } }')).code).toBe('FORBIDDEN');
    expect((await client.send(me)).read('me')).toMatchObject({ actions: ['backup.create'] });
    expect(await listed(id)).toMatchObject({
      status: 'ACTIVE',
      effectiveActions: ['backup.create'],
    });
  });

  test('is made with some of one’s own actions only', async () => {
    await graphql.server.plant.role.create({
      data: { name: 'Key maker', actions: ['backup.view', 'apikeys.manage'] },
    });
    const maker = await graphql.signedInAs('Key maker');
    await expect(maker.makeKey(['backup.view', 'backup.download'])).rejects.toThrow(
      /permissions that you lack: backup\.download/,
    );
    const refused = await graphql.server.vault.auditEvent.findFirst({
      where: { actorId: maker.id, action: 'api-key.create' },
    });
    expect(refused?.outcome).toBe('REFUSED');
  });

  const wrong: [string, object, string][] = [
    ['no name', { name: ' ', actions: ['backup.view'] }, 'input.name'],
    ['a name of 201 characters', { name: 'x'.repeat(201), actions: ['backup.view'] }, 'input.name'],
    ['no actions', { name: 'a', actions: [] }, 'input.actions'],
    ['an action that there is not', { name: 'a', actions: ['backup.steal'] }, 'input.actions'],
    [
      'an end in the past',
      { name: 'a', actions: ['backup.view'], expiresAt: '2020-01-01T00:00:00Z' },
      'input.expiresAt',
    ],
  ];
  test.each(wrong)('is not made with %s', async (_, input, path) => {
    const answer = await ana.send(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input },
    );
    expect(answer.code).toBe('VALIDATION_FAILED');
    expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([path]);
  });

  test('is revoked at once, by any administrator, and says so to its holder', async () => {
    const bo = await graphql.signedInAs('Administrator');
    const { client, id } = await ana.makeKey(['backup.view']);
    expect((await client.send(me)).code).toBe(null);
    expect((await bo.send(revoke, { id })).read('revokeApiKey')).toEqual({
      id,
      apiKey: { status: 'REVOKED', revokedBy: { id: bo.id } },
    });
    for (let n = 0; n < 3; n++) {
      const refused = await client.send(me);
      expect(refused).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, data: undefined });
      expect(refused.errors[0]?.message).toBe('This API key was revoked.');
      expect(refused.headers.get('www-authenticate')).toBe(
        'Bearer realm="Fiberkeep", error="invalid_token"',
      );
    }
    expect(await audited('api-key.revoke', id)).toMatchObject([{ actorId: bo.id }]);
    // Tried three times, written down once.
    expect(await audited('api-key.use', id)).toMatchObject([
      { outcome: 'REFUSED', actorId: ana.id, apiKeyId: id, address: '192.0.2.7' },
    ]);
    expect((await bo.send(revoke, { id })).code).toBe(null);
    expect(await audited('api-key.revoke', id)).toHaveLength(1);
  });

  test('that does not exist cannot be revoked', async () => {
    for (const id of ['01990000-0000-7000-8000-000000000000', 'x'])
      expect((await ana.send(revoke, { id })).code).toBe('NOT_FOUND');
  });

  test('ends when it expires', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { client, id } = await ana.makeKey(['backup.view'], { expiresAt });
    expect((await client.send(me)).code).toBe(null);
    await graphql.server.vault.apiKey.update({
      where: { id },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    const refused = await client.send(me);
    expect(refused.code).toBe('UNAUTHENTICATED');
    expect(refused.errors[0]?.message).toBe('This API key has expired.');
    expect((await listed(id)).status).toBe('EXPIRED');
  });

  test('stops while its owner is disabled, and for good when they are deleted', async () => {
    const owner = await graphql.signedInAs('Administrator');
    const { client, id } = await owner.makeKey(['backup.view']);
    const change =
      'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { user { id } } }';
    await ana.send(change, { id: owner.id, input: { disabled: true } });
    expect((await client.send(me)).code).toBe('UNAUTHENTICATED');
    expect(await listed(id)).toMatchObject({ status: 'OWNER_DISABLED', effectiveActions: [] });
    await ana.send(change, { id: owner.id, input: { disabled: false } });
    expect((await client.send(me)).code).toBe(null);
    await ana.send('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id: owner.id });
    expect((await client.send(me)).code).toBe('UNAUTHENTICATED');
    expect((await listed(id)).status).toBe('REVOKED');
  });

  test('shows when it was last used, and from where', async () => {
    const { client, id } = await ana.makeKey(['backup.view']);
    const before = Date.now();
    await client.send(me);
    const first = await listed(id);
    expect(first.lastUsedFrom).toBe('192.0.2.7');
    expect(Date.parse(first.lastUsedAt ?? '')).toBeGreaterThanOrEqual(before);
    await client.send(me, {}, { 'x-fiberkeep-address': '192.0.2.8' });
    expect(await listed(id)).toEqual(first);
    await graphql.server.vault.apiKey.update({
      where: { id },
      data: { lastUsedAt: new Date(before - 61_000) },
    });
    await client.send(me, {}, { 'x-fiberkeep-address': '192.0.2.8' });
    expect((await listed(id)).lastUsedFrom).toBe('192.0.2.8');
  });

  test('is named in the audit log beside its owner, also by the work that it asked for', async () => {
    const { client, id } = await ana.makeKey(['backup.view', 'backup.create'], { name: 'robot' });
    const asked = await client.send(
      'mutation { createBackup(input: { name: "by a key" }) { job { id } } }',
    );
    const { job } = asked.read<{ job: { id: string } }>('createBackup');
    await client.send('mutation ($id: ID!) { cancelJob(id: $id) { job { id } } }', { id: job.id });
    const answer = await ana.send(
      '{ auditEvents(first: 20) { nodes { action actor { id } apiKey { id name } } } }',
    );
    const { nodes } = answer.read<{ nodes: { action: string }[] }>('auditEvents');
    const by = { actor: { id: ana.id }, apiKey: { id, name: 'robot' } };
    for (const action of ['backup.create', 'backup.create.cancel'])
      expect(nodes.find((event) => event.action === action)).toEqual({ action, ...by });
  });
});

describe('a request with a Bearer header', () => {
  const nobody: [string, string][] = [
    ['a key that there never was', `Bearer fbk_${'A'.repeat(43)}`],
    ['a key cut short', 'Bearer fbk_abc'],
    ['a session’s token', 'Bearer abcdefgh'],
    ['nothing in it', 'Bearer'],
    ['nothing but blanks', 'Bearer   '],
    ['two keys', `Bearer fbk_${'A'.repeat(43)}, Bearer fbk_${'B'.repeat(43)}`],
    ['a key without the word Bearer', `fbk_${'A'.repeat(43)}`],
    ['NUL', 'Bearer fbk_%00'],
  ];
  test.each(nobody)(
    'and %s is refused, and its cookie is not looked at',
    async (_, authorization) => {
      const answer = await ana.send(me, {}, { authorization });
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', data: undefined });
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="Fiberkeep", error="invalid_token"',
      );
    },
  );

  test('is decided by the key where a cookie comes too', async () => {
    const { secret } = await ana.makeKey(['backup.view']);
    for (const authorization of [`Bearer ${secret}`, `bearer  ${secret} `, `BEARER ${secret}`]) {
      const answer = await ana.send(me, {}, { authorization });
      expect(answer.read('me')).toMatchObject({ actions: ['backup.view'] });
    }
  });

  test('needs no check that it comes from our own pages: no browser adds the header by itself', async () => {
    const { client } = await ana.makeKey(['backup.view']);
    const elsewhere = { origin: 'https://tools.example', 'sec-fetch-site': 'cross-site' };
    expect((await client.send(me, {}, elsewhere)).code).toBe(null);
    expect((await ana.send(me, {}, elsewhere)).code).toBe('CROSS_SITE_REFUSED');
    const wrong = { ...elsewhere, authorization: 'Bearer fbk_wrong' };
    expect((await ana.send(me, {}, wrong)).code).toBe('UNAUTHENTICATED');
  });

  test('of another scheme, as a proxy in front adds it, leaves the decision to the cookie', async () => {
    const basic = { authorization: 'Basic YW5hOnNlY3JldA==' };
    expect((await ana.send(me, {}, basic)).read('me')).toMatchObject({ user: { id: ana.id } });
  });

  test('without a key is told to send one', async () => {
    const answer = await graphql.anyone.send('{ backups { totalCount } }');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="Fiberkeep"');
  });
});

describe('after a restore', () => {
  let worker: TestWorker;
  beforeAll(() => {
    worker = startWorker(graphql.server);
  });
  afterAll(() => worker.stop());

  async function ask<T>(query: string, variables: object = {}): Promise<T> {
    const { data, errors } = await ana.send(query, { ...variables });
    if (!data) throw new Error(JSON.stringify(errors));
    return Object.values(data)[0] as T;
  }

  test('keys are worth after it what they were worth before; revoked ones stay revoked', async () => {
    const [early, disabled] = [
      await graphql.signedInAs('Administrator'),
      await graphql.signedInAs('Administrator'),
    ];
    const { client: kept } = await early.makeKey(['backup.view']);
    const { client: revoked, id } = await early.makeKey(['backup.view']);
    const { client: ofDisabled } = await disabled.makeKey(['backup.view']);
    const { job } = await ask<{ job: { id: string } }>(
      'mutation { createBackup(input: { name: "point" }) { job { id } } }',
    );
    const { result } = await worker.ended(job.id);
    const { backupId } = result as { backupId: string };
    await ana.send(revoke, { id });
    await graphql.server.plant.user.update({
      where: { id: disabled.id },
      data: { disabled: true },
    });
    const late = await graphql.signedInAs('Administrator');
    const { client: ofLate } = await late.makeKey(['backup.view']);

    const staged = await ask<{ job: { id: string }; restore: { id: string } }>(
      'mutation ($id: ID!) { stageRestore(backupId: $id) { job { id } restore { id } } }',
      { id: backupId },
    );
    await worker.ended(staged.job.id);
    const restore = { id: staged.restore.id };
    await ask(
      'mutation ($id: ID!) { applyRestore(id: $id, confirmName: "point") { restore { id } } }',
      restore,
    );
    const codes = async () =>
      Promise.all(
        [kept, revoked, ofDisabled, ofLate].map(async (key) => (await key.send(me)).code),
      );
    const no = 'UNAUTHENTICATED';
    expect(await codes()).toEqual([null, no, no, null]);
    await ask('mutation ($id: ID!) { undoRestore(id: $id) { restore { id } } }', restore);
    expect(await codes()).toEqual([null, no, no, null]);
  });
});

describe('too many', () => {
  test('wrong keys from one address are told to wait; a right one from there is let in', async () => {
    const from = { 'x-fiberkeep-address': '198.51.100.9' };
    const wrong = new TestClient(null, 'fbk_wrong');
    const codes: (string | null)[] = [];
    for (let n = 0; n < 101; n++) codes.push((await wrong.send(me, {}, from)).code);
    expect(codes.slice(0, 100)).toEqual(Array(100).fill('UNAUTHENTICATED'));
    const refused = await wrong.send(me, {}, from);
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const { client } = await ana.makeKey(['backup.view']);
    expect((await client.send(me, {}, from)).code).toBe(null);
    const written = await graphql.server.vault.auditEvent.count({
      where: { action: 'api-key.rate-limit', address: '198.51.100.9' },
    });
    expect(written).toBe(1);
  });
});
