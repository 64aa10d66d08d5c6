import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POST } from '#app/api/graphql/stream/route.ts';
import { publish } from '#events/channel.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import { MOST_STREAMS } from '#services/activity/open-streams.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { localActor, permit } from '#services/permit.ts';
import {
  openTestGraphQL,
  type SignedInClient,
  TestClient,
  type TestGraphQL,
} from '#testing/graphql.ts';
import { startWorker } from '#testing/worker.ts';

interface Payload {
  readonly data?: Record<string, Record<string, unknown>> | null;
  readonly errors?: { message: string; extensions: { code: string; hint: string } }[];
}

let graphql: TestGraphQL;
let ana: TestClient & { id: string };

beforeAll(async () => {
  graphql = await openTestGraphQL();
  ana = await graphql.signedInAs('Administrator');
});

afterAll(() => graphql[Symbol.asyncDispose]());

/** Sends a subscription as a page does; ends when the stream does or the page goes away. */
function open(client: TestClient, query: string, options: { signal?: AbortSignal } = {}) {
  return POST(
    new Request('http://localhost:3000/api/graphql/stream', {
      method: 'POST',
      body: JSON.stringify({ query }),
      signal: options.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        host: 'localhost:3000',
        'x-fiberkeep-address': '192.0.2.7',
        ...client.credentials,
      },
    }),
  );
}

/** The payloads of the stream's `next` events (GraphQL over SSE, distinct connections mode). */
async function* payloads(response: Response): AsyncGenerator<Payload> {
  let text = '';
  for await (const piece of response.body ?? []) {
    text += Buffer.from(piece).toString();
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^event: next\ndata: (.*)$/s.exec(event)?.[1];
      if (data) yield JSON.parse(data);
    }
  }
}

async function firstPayload(response: Response): Promise<Payload> {
  for await (const payload of payloads(response)) return payload;
  throw new Error('the stream ended without an event');
}

async function requestOne() {
  const { server } = graphql;
  const mayCreate = await permit(server, localActor('Ana'), 'backup.create');
  return requestBackup(server, mayCreate, { name: 'n', comment: '', includeFiles: false });
}

const jobFields = 'id status phase progress { done total unit } backup { id name } error { code }';

describe('a subscription to a job', () => {
  test('sends the job’s states until the job has ended, then ends', async () => {
    const job = await requestOne();
    const response = await open(
      ana,
      `subscription { jobProgress(id: "${job.id}") { ${jobFields} } }`,
    );
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const states: string[] = [];
    let worker: ReturnType<typeof startWorker> | null = null;
    let last: Payload = {};
    for await (const payload of payloads(response)) {
      worker ??= startWorker(graphql.server);
      last = payload;
      states.push(String(payload.data?.jobProgress?.status));
    }
    await worker?.stop();
    expect(states[0]).toBe('QUEUED');
    expect(states).toContain('RUNNING');
    expect(states.at(-1)).toBe('SUCCEEDED');
    expect(last.data?.jobProgress?.backup).toMatchObject({ name: 'n' });
  });

  test('answers a job that has ended already with its end', async () => {
    const job = await requestOne();
    await cancelJob(graphql.server, localActor('Ana'), job.id);
    const query = `subscription { jobProgress(id: "${job.id}") { ${jobFields} } }`;
    const all: Payload[] = [];
    for await (const payload of payloads(await open(ana, query))) all.push(payload);
    expect(all.map(({ data }) => data?.jobProgress?.status)).toEqual(['CANCELLED']);
  });

  test('lets the listening connection go when the page goes away', async () => {
    const job = await requestOne();
    const page = new AbortController();
    const query = `subscription { jobProgress(id: "${job.id}") { id } }`;
    const response = await open(ana, query, { signal: page.signal });
    await payloads(response).next();
    expect(await listeners()).toBe(1);
    page.abort();
    await expect.poll(() => listeners()).toBe(0);
    await cancelJob(graphql.server, localActor('Ana'), job.id);
  });

  test('is refused to people who may not see the job', async () => {
    const job = await requestOne();
    const seller = await graphql.signedInAs('Seller');
    const query = `subscription { jobProgress(id: "${job.id}") { id } }`;
    const refused = await firstPayload(await open(seller, query));
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND' });
    const nobody = await firstPayload(await open(graphql.anyone, query));
    expect(nobody.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    await cancelJob(graphql.server, localActor('Ana'), job.id);
  });
});

async function listeners(): Promise<number> {
  const { rows } = await graphql.server.pool.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND query ILIKE 'LISTEN%'`,
  );
  return rows[0].n;
}

/** What a subscription begins with. */
const lists = [
  'BACKUPS_CHANGED',
  'JOBS_CHANGED',
  'RESTORES_CHANGED',
  'CHANGE_SETS_CHANGED',
  'NIGHTS_CHANGED',
  'DESTINATIONS_CHANGED',
  'NETWORK_CHANGED',
];

describe('a subscription to the system', () => {
  test('begins with "anything may have changed", then tells what did, a swap included', async () => {
    const { server } = graphql;
    const stream = payloads(await open(ana, 'subscription { systemEvents { kind id } }'));
    const next = async () => (await stream.next()).value?.data?.systemEvents;
    for (const kind of lists) expect(await next()).toEqual({ kind, id: null });
    await publish(server.vault, { kind: 'BACKUPS_CHANGED', id: ana.id });
    expect(await next()).toEqual({ kind: 'BACKUPS_CHANGED', id: ana.id });
    await publish(server.vault, { kind: 'JOB_PROGRESS', id: ana.id });
    await server.vault.$transaction(async (tx) => {
      await tx.plantState.update({ where: { id: 1 }, data: { epoch: { increment: 1 } } });
      await publish(tx, { kind: 'PLANT_SWAPPED', id: null });
    });
    expect(await next()).toEqual({ kind: 'PLANT_SWAPPED', id: null });
    await stream.return(undefined);
  });

  test('tells a swap that happened while the connection was lost', async () => {
    const { server } = graphql;
    const stream = payloads(await open(ana, 'subscription { systemEvents { kind id } }'));
    for (const _ of lists) await stream.next();
    await server.vault.plantState.update({ where: { id: 1 }, data: { epoch: { increment: 1 } } });
    await server.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query ILIKE 'LISTEN%'`,
    );
    const told = (await stream.next()).value?.data?.systemEvents;
    expect(told).toEqual({ kind: 'PLANT_SWAPPED', id: null });
    await stream.return(undefined);
  });
});

describe('a stream that is open', () => {
  const system = 'subscription { systemEvents { kind id } }';
  const update =
    'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { user { id } } }';

  /** A stream of this client that has an event, and how many more it gets before it ends. */
  async function opened(client: TestClient) {
    const stream = payloads(await open(client, system));
    for (const _ of lists) expect((await stream.next()).value?.data?.systemEvents).toBeTruthy();
    return {
      next: async () => (await stream.next()).value?.data?.systemEvents,
      close: () => stream.return(undefined),
      async ended(): Promise<number> {
        let told = 0;
        for await (const _ of stream) told += 1;
        return told;
      },
    };
  }

  const ways: [
    string,
    (person: SignedInClient) => Promise<TestClient>,
    (person: SignedInClient) => Promise<unknown>,
  ][] = [
    [
      'the person signs out',
      async (person) => person,
      (person) => person.send('mutation { signOut { signedOut } }'),
    ],
    [
      'the account is disabled',
      async (person) => person,
      (person) => ana.send(update, { id: person.id, input: { disabled: true } }),
    ],
    [
      'the account is deleted',
      async (person) => person,
      (person) => ana.send('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id: person.id }),
    ],
    [
      'the key is revoked',
      async (person) => (await person.makeKey(['backup.view'])).client,
      async (person) => {
        const { id } = await graphql.server.vault.apiKey.findFirstOrThrow({
          where: { ownerId: person.id },
        });
        await ana.send('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id });
      },
    ],
    [
      'the key’s owner is disabled',
      async (person) => (await person.makeKey(['backup.view'])).client,
      (person) => ana.send(update, { id: person.id, input: { disabled: true } }),
    ],
  ];
  test.each(ways)('ends as soon as %s, and that of others goes on', async (_, clientOf, end) => {
    const person = await graphql.signedInAs('Administrator');
    const stream = await opened(await clientOf(person));
    const page = payloads(await open(ana, system));
    for (const _ of lists) await page.next();
    await end(person);
    expect(await stream.ended()).toBe(0);
    await publish(graphql.server.vault, { kind: 'BACKUPS_CHANGED', id: ana.id });
    expect((await page.next()).value?.data?.systemEvents).toMatchObject({ id: ana.id });
    await page.return(undefined);
  });

  test('of a job ends when the role of the watcher no longer shows it', async () => {
    const { server } = graphql;
    const role = await server.plant.role.create({
      data: { name: 'Watcher', actions: ['backup.view'] },
    });
    const watcher = await graphql.signedInAs('Watcher');
    const job = await requestOne();
    const stream = payloads(
      await open(watcher, `subscription { jobProgress(id: "${job.id}") { id } }`),
    );
    expect((await stream.next()).value?.data?.jobProgress).toEqual({ id: job.id });
    await ana.send(
      'mutation ($id: ID!, $input: RoleInput!) { updateRole(id: $id, input: $input) { role { id } } }',
      {
        id: role.id,
        input: { name: 'Watcher', actions: [] },
      },
    );
    await cancelJob(server, localActor('Ana'), job.id);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('ends when its person has opened many since: the newest ones stay, and those of others', async () => {
    const person = await graphql.signedInAs('Administrator');
    const key = (await person.makeKey(['backup.view'])).client;
    const others = await opened(ana);
    const first = await opened(person);
    const next = [];
    for (let n = 0; n < MOST_STREAMS; n++) next.push(await opened(n % 2 === 0 ? person : key));
    expect(await first.ended()).toBe(0);
    await publish(graphql.server.vault, { kind: 'BACKUPS_CHANGED', id: ana.id });
    for (const stream of [...next, others]) {
      expect(await stream.next()).toMatchObject({ id: ana.id });
      await stream.close();
    }
  });

  test('is not opened with a wrong key', async () => {
    const refused = await open(new TestClient(ana.cookie, 'fbk_wrong'), system);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
  });
});

describe('the stream', () => {
  const refused: [string, string, string][] = [
    ['a query', '{ me { plantEpoch } }', 'BAD_REQUEST'],
    ['a mutation', 'mutation { signOut { signedOut } }', 'BAD_REQUEST'],
    ['a field that there is not', 'subscription { nothing }', 'BAD_REQUEST'],
    ['no GraphQL', 'subscription {', 'BAD_REQUEST'],
    [
      'introspection',
      'subscription { systemEvents { __typename } __schema { types { name } } }',
      'BAD_REQUEST',
    ],
  ];
  test.each(refused)('refuses %s in the shape of every other error', async (_, query, code) => {
    const { data, errors } = await firstPayload(await open(ana, query));
    expect(data ?? null).toBe(null);
    expect(errors?.[0]?.extensions.code).toBe(code);
    expect(errors?.[0]?.extensions.hint).not.toBe('');
  });

  test('refuses a page of another site', async () => {
    const response = await POST(
      new Request('http://localhost:3000/api/graphql/stream', {
        method: 'POST',
        body: JSON.stringify({ query: 'subscription { systemEvents { kind } }' }),
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          host: 'localhost:3000',
          origin: 'https://evil.example',
          'sec-fetch-site': 'cross-site',
          cookie: ana.cookie ?? '',
        },
      }),
    );
    expect(response.status).toBe(403);
  });
});
