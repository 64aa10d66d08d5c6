import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '#config';
import { graphQLHandler } from '#graphql/handle-request.ts';
import { limits } from '#graphql/limits.ts';
import { readJson } from '#graphql/read-body.ts';
import { openTestGraphQL, type TestGraphQL } from '#testing/graphql.ts';
import * as route from './route.ts';

let graphql: TestGraphQL;
beforeAll(async () => {
  graphql = await openTestGraphQL();
});
afterAll(() => graphql[Symbol.asyncDispose]());

const version = '{ version }';

describe('POST /api/graphql', () => {
  test('answers JSON that no cache keeps', async () => {
    const answer = await graphql.anyone.send(version);
    expect(answer).toMatchObject({ status: 200, data: { version: '0.1.0' } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('is the only method, so that no link or image can carry a query', () => {
    expect(Object.keys(route).filter((name) => /^[A-Z]+$/.test(name))).toEqual(['POST']);
  });

  test('takes no batches', async () => {
    const answer = await graphql.anyone.post(JSON.stringify([{ query: version }]));
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('refuses a body above the limit before it is read to the end', async () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
    });
    const request = new Request('http://localhost:3000/api/graphql', {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit);
    const response = await route.POST(request);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }],
    });
  });

  test('waits for no body that never comes', async () => {
    const request = new Request('http://localhost:3000/api/graphql', {
      method: 'POST',
      body: new ReadableStream(),
      duplex: 'half',
    } as RequestInit);
    await expect(readJson(request, limits.bodyBytes, 50)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  test('refuses a document of too many words while it is parsed', async () => {
    const seller = await graphql.signedInAs('Seller');
    const answer = await seller.send(`{ ${'version '.repeat(limits.tokens)} }`);
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    const anyones = await graphql.anyone.send(`{ ${'version '.repeat(limits.entryTokens)} }`);
    expect(anyones).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('refuses a list of a thousand with lists in it', async () => {
    const seller = await graphql.signedInAs('Seller');
    const answer = await seller.send(
      'query ($n: Int) { poles(first: $n) { nodes { tags { id } } } }',
      { n: 1000 },
    );
    expect(answer).toMatchObject({ status: 400, code: 'QUERY_TOO_COMPLEX' });
  });

  test('refuses an epoch that is no number', async () => {
    const answer = await graphql.anyone.send(version, {}, { 'x-plant-epoch': '1; drop' });
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

describe('requests that other sites send', () => {
  const refused: [string, Record<string, string>][] = [
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of a sibling domain', { 'sec-fetch-site': 'same-site' }],
    ['another origin, from a browser without Fetch Metadata', { origin: 'https://evil.example' }],
    ['the same host on another port', { origin: 'http://localhost:4000' }],
    ['a sandboxed frame', { origin: 'null' }],
  ];
  for (const [who, headers] of refused)
    test(`refuses ${who}`, async () => {
      const answer = await graphql.anyone.send('mutation { signOut { signedOut } }', {}, headers);
      expect(answer).toMatchObject({ status: 403, code: 'CROSS_SITE_REFUSED' });
      expect(answer.headers.get('set-cookie')).toBe(null);
    });

  const taken: [string, Record<string, string>][] = [
    ['its own pages', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:3000' }],
    ['its own pages over plain HTTP', { origin: 'http://localhost:3000' }],
    ['a client that is no browser', {}],
  ];
  for (const [who, headers] of taken)
    test(`takes ${who}`, async () => {
      expect((await graphql.anyone.send(version, {}, headers)).status).toBe(200);
    });

  test('refuses the content types that a form can send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
      expect(
        await graphql.anyone.post(JSON.stringify({ query: version }), { 'content-type': type }),
      ).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

describe('errors', () => {
  test('name code, reason, params, hint, wrong fields and status', async () => {
    const administrator = await graphql.signedInAs('Administrator');
    const answer = await administrator.send(
      'mutation ($input: RoleInput!) { createRole(input: $input) { role { id } } }',
      { input: { name: '', actions: ['backup.fly'] } },
    );
    expect(answer.status).toBe(422);
    expect(answer.errors).toEqual([
      {
        message: 'input.name: Is required. input.actions: backup.fly is not an action.',
        locations: [{ line: 1, column: 33 }],
        path: ['createRole'],
        extensions: {
          code: 'VALIDATION_FAILED',
          reason: null,
          params: {},
          hint: 'Correct them and try again.',
          fields: [
            { path: 'input.name', reason: 'required', message: 'Is required.' },
            {
              path: 'input.actions',
              reason: 'unknownAction',
              params: { name: 'backup.fly' },
              message: 'backup.fly is not an action.',
            },
          ],
          status: 422,
        },
      },
    ]);
  });

  test('are in the language of the profile, else in that of Accept-Language', async () => {
    const portuguese = { 'accept-language': 'pt-BR,pt;q=0.9' };
    const unknown = '{ nothing }';
    const seller = await graphql.signedInAs('Seller');
    const { errors } = await seller.send(unknown, {}, portuguese);
    expect(errors[0]).toMatchObject({
      message: 'A consulta não é válida: Cannot query field "nothing" on type "Query".',
      extensions: {
        reason: 'queryInvalid',
        params: { detail: 'Cannot query field "nothing" on type "Query".' },
        hint: 'O esquema está em graphql/schema e há exemplos em docs/api.md.',
      },
    });
    const administrator = await graphql.signedInAs('Administrator');
    const changed = await administrator.send(
      'mutation { updateProfile(input: { locale: "es" }) { me { user { locale } } } }',
    );
    expect(changed.read('updateProfile')).toEqual({ me: { user: { locale: 'es' } } });
    const own = await administrator.send(unknown, {}, portuguese);
    expect(own.errors[0]?.message).toMatch(/^La consulta no es válida: /);
  });

  test('outside of any operation say which language they are in', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'accept-language': 'es' };
    const answer = await graphql.anyone.send(version, {}, headers);
    expect(answer).toMatchObject({ status: 403, code: 'CROSS_SITE_REFUSED' });
    expect(answer.headers.get('content-language')).toBe('es');
  });

  test('leave the status at 200 where part of the answer came', async () => {
    const seller = await graphql.signedInAs('Seller');
    const answer = await seller.send(
      'query ($id: ID!) { me { user { id } } backup(id: $id) { id } }',
      { id: seller.id },
    );
    expect(answer).toMatchObject({ status: 200, code: 'FORBIDDEN' });
    expect(answer.data).toEqual({ me: { user: { id: seller.id } }, backup: null });
  });

  test('of the server itself go out as INTERNAL with a reference, without details', async () => {
    const administrator = await graphql.signedInAs('Administrator');
    await graphql.server.pool.query('ALTER TABLE vault.session RENAME COLUMN address TO moved');
    try {
      const { errors } = await administrator.send('{ sessions { id } version }');
      expect(errors[0]?.message).toBe('Something went wrong on the server.');
      expect(errors[0]?.extensions.code).toBe('INTERNAL');
      expect(errors[0]?.extensions.hint).toMatch(/[0-9a-f-]{36}/);
      expect(JSON.stringify(errors)).not.toMatch(/address|column|prisma|node_modules/i);
    } finally {
      await graphql.server.pool.query('ALTER TABLE vault.session RENAME COLUMN moved TO address');
    }
  });
});

describe('what the API says about itself', () => {
  async function ask(production: boolean | undefined, query: string) {
    const handler = graphQLHandler({ production });
    const { credentials } = await graphql.signedInAs('Seller');
    const response = await handler(
      new Request('http://localhost:3000/api/graphql', {
        method: 'POST',
        body: JSON.stringify({ query }),
        headers: { 'content-type': 'application/json', ...credentials },
      }),
    );
    return { status: response.status, text: await response.text() };
  }

  test('is nothing in production, neither the schema nor one type', async () => {
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "User") { name } }']) {
      const { status, text } = await ask(true, query);
      expect(status).toBe(400);
      expect(text).toContain('BAD_REQUEST');
      expect(text).toContain('does not describe itself in production');
      expect(text).not.toContain('"data"');
    }
  });

  test('suggests no names of fields in production', async () => {
    expect((await ask(true, '{ pol }')).text).not.toContain('pole');
  });

  test('is the schema while developing', async () => {
    expect((await ask(false, '{ __schema { queryType { name } } }')).status).toBe(200);
    expect((await ask(false, '{ pol }')).text).toContain('pole');
  });

  test('is nothing where the environment does not say that somebody develops', async () => {
    expect(readConfig({}).production).toBe(true);
    expect(readConfig({ NODE_ENV: 'development' }).production).toBe(false);
    expect((await ask(undefined, '{ __schema { queryType { name } } }')).status).toBe(400);
  });
});
