import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '#testing/graphql.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Author } from '../authors.ts';
import { environmentActor, localActor, systemActor } from '../permit.ts';
import { auditCursor } from './audit-queries.ts';

const EVENTS = 8000;

let graphql: TestGraphQL;
let manager: SignedInClient;
beforeAll(async () => {
  graphql = await openTestGraphQL();
  manager = await graphql.signedInAs('Manager');
  await graphql.server.vault.auditEvent.deleteMany();
  // Ten events in each millisecond, so that the time alone tells none apart.
  await graphql.server.pool.query(
    `INSERT INTO vault.audit_event (id, at, actor_kind, actor_name, action, target_name, outcome)
     SELECT gen_random_uuid(), '2026-01-01Z'::timestamptz + (n / 10) * interval '1 ms',
       'PERSON', 'person ' || n, 'network.create-pole', 'P-' || n, 'DONE'
     FROM generate_series(1, $1::int) n`,
    [EVENTS],
  );
  await graphql.server.pool.query('ANALYZE vault.audit_event');
});
afterAll(() => graphql[Symbol.asyncDispose]());

const PAGE =
  'query ($first: Int, $after: String, $search: String) { auditEvents(first: $first, after: $after, search: $search) { totalCount nodes { id at actor { name } targetName } pageInfo { hasNextPage endCursor } } }';

interface EventPage {
  totalCount: number;
  nodes: { id: string; at: string; actor: { name: string }; targetName: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}

async function page(variables: Record<string, unknown>): Promise<EventPage> {
  return (await manager.send(PAGE, variables)).read('auditEvents');
}

describe('the activity', () => {
  test('is shown newest first, each event once, while new ones are written', async () => {
    const seen: { id: string; at: string }[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo } = await page({ first: 199, after });
      seen.push(...nodes);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      await manager.send('{ users { totalCount } }');
    } while (after !== null);
    expect(new Set(seen.map((event) => event.id)).size).toBe(EVENTS);
    expect(seen).toHaveLength(EVENTS);
    const times = seen.map((event) => event.at);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('is searched by actor, action and target', async () => {
    expect((await page({ search: 'PERSON 7999' })).nodes).toHaveLength(1);
    expect((await page({ search: 'p-777' })).totalCount).toBe(11);
    expect((await page({ search: 'create-pole' })).totalCount).toBe(EVENTS);
    expect((await page({ search: '%' })).totalCount).toBe(0);
  });

  test('is searched ignoring case and accents', async () => {
    const { server } = graphql;
    const done = { actorKind: 'PERSON', action: 'network.delete-pole', outcome: 'DONE' };
    await server.vault.auditEvent.create({
      data: { ...done, id: randomUUID(), actorName: 'JOÃO', targetName: 'Acácia_7' },
    });
    for (const search of ['joão', 'JOAO', 'acacia_7', 'ACÁCIA_'])
      expect((await page({ search })).nodes).toMatchObject([{ targetName: 'Acácia_7' }]);
    expect((await page({ search: 'acaciax7' })).totalCount).toBe(0);
    await server.vault.auditEvent.deleteMany({ where: { targetName: 'Acácia_7' } });
  });

  test('pages through the results of a search, each event once, and says how many there are', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo, totalCount } = await page({ first: 30, after, search: 'p-77' });
      expect(totalCount).toBe(111);
      seen.push(...nodes.map(({ targetName }) => targetName));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toHaveLength(111);
    expect(new Set(seen).size).toBe(111);
  });

  test('says who acted by the kind that was noted, not by the name', async () => {
    const person = { kind: 'PERSON', id: null, address: '' } as const;
    const actors = [
      { ...person, name: 'Fiberkeep' },
      { ...person, name: 'environment' },
      { ...person, name: 'command line (root)' },
      localActor('a (b)'),
      environmentActor,
      systemActor,
    ];
    for (const actor of actors)
      await recordAudit(graphql.server.vault, { actor, action: 'test.act', outcome: 'DONE' });
    const asked = await manager.send(
      '{ auditEvents(search: "test.act") { nodes { actor { kind id name } } } }',
    );
    const { nodes } = asked.read<{ nodes: { actor: Author }[] }>('auditEvents');
    expect(nodes.map(({ actor }) => actor).reverse()).toEqual(
      actors.map(({ kind, id, name }) => ({ kind, id, name })),
    );
    await graphql.server.vault.auditEvent.deleteMany({ where: { action: 'test.act' } });
  });

  test('costs no more on a late page than on the first: the index bounds the scan', async () => {
    const { server } = graphql;
    const queries = vi.spyOn(server.pool, 'query');
    const middle = await server.vault.auditEvent.findFirstOrThrow({
      where: { targetName: 'P-5005' },
    });
    await page({ first: 50, after: auditCursor(middle) });
    const asked = queries.mock.calls
      .map(([query]) => query as unknown as { text: string; values: unknown[] })
      .find(({ text }) => /FROM "vault"."audit_event".*"id" < .*LIMIT/s.test(text));
    queries.mockRestore();
    const { rows } = await server.pool.query({
      text: `EXPLAIN ${asked?.text}`,
      values: asked?.values ?? [],
    });
    const plan = rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Scan using audit_event_at_id_idx/);
    expect(plan).toMatch(/Index Cond: \(at <= /);
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  });

  test('is counted exactly up to ten thousand, and estimated beyond', async () => {
    const { server } = graphql;
    const exact = await server.vault.auditEvent.count();
    expect((await page({})).totalCount).toBe(exact);
    await server.pool.query(
      `INSERT INTO vault.audit_event (id, at, actor_kind, actor_name, action, outcome)
       SELECT gen_random_uuid(), '2025-01-01Z', 'PERSON', 'sample', 'x', 'DONE' FROM generate_series(1, 20000)`,
    );
    await server.pool.query('ANALYZE vault.audit_event');
    const { totalCount } = await page({});
    expect(totalCount).toBeGreaterThan(20_000);
    expect(totalCount).toBeLessThan(40_000);
  });

  test('refuses cursors of other lists', async () => {
    for (const after of ['x', 'WyJhIiwiYiJd', 'WyJ4Il0'])
      expect((await manager.send(PAGE, { after })).code).toBe('VALIDATION_FAILED');
  });
});
