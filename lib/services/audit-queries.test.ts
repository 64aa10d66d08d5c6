import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '../testing/graphql.ts';

const EVENTS = 2000;

let graphql: TestGraphQL;
let manager: SignedInClient;
beforeAll(async () => {
  graphql = await openTestGraphQL();
  manager = await graphql.signedInAs('Manager');
  await graphql.server.vault.auditEvent.deleteMany();
  // Ten events in each millisecond, so that the time alone tells none apart.
  await graphql.server.pool.query(
    `INSERT INTO vault.audit_event (id, at, actor_name, action, target_name, outcome)
     SELECT gen_random_uuid(), '2026-01-01Z'::timestamptz + (n / 10) * interval '1 ms',
       'person ' || n, 'network.create-pole', 'P-' || n, 'DONE'
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
  return (await manager.send(PAGE, variables)).data?.auditEvents as EventPage;
}

describe('the activity', () => {
  it('is shown newest first, each event once, while new ones are written', async () => {
    const seen: { id: string; at: string }[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo } = await page({ first: 170, after });
      seen.push(...nodes);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      await manager.send('{ users { totalCount } }');
    } while (after !== null);
    expect(new Set(seen.map((event) => event.id)).size).toBe(EVENTS);
    expect(seen).toHaveLength(EVENTS);
    const times = seen.map((event) => event.at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('is searched by person, deed and target', async () => {
    expect((await page({ search: 'PERSON 1999' })).nodes).toHaveLength(1);
    expect((await page({ search: 'p-77' })).totalCount).toBe(11);
    expect((await page({ search: 'create-pole' })).totalCount).toBe(EVENTS);
    expect((await page({ search: '%' })).totalCount).toBe(0);
  });

  it('costs no more on a late page than on the first: its index bounds the scan', async () => {
    const explained: string[] = [];
    const { server } = graphql;
    const client = await server.connect();
    try {
      await client.query('SET enable_seqscan = off');
      const { rows } = await client.query(
        `EXPLAIN (FORMAT TEXT) SELECT * FROM vault.audit_event
         WHERE at <= $1 AND (at < $1 OR id < $2) ORDER BY at DESC, id DESC LIMIT 51`,
        ['2026-01-01T00:00:00.020Z', '00000000-0000-7000-8000-000000000000'],
      );
      explained.push(...rows.map((row: Record<string, string>) => String(row['QUERY PLAN'])));
    } finally {
      await client.end();
    }
    expect(explained.join('\n')).toMatch(/Index Scan using audit_event_at_id_idx/);
    expect(explained.join('\n')).toMatch(/Index Cond: \(at <= /);
    expect(explained.join('\n')).not.toMatch(/Sort/);
  });

  it('refuses cursors of other lists', async () => {
    for (const after of ['x', 'WyJhIiwiYiJd', 'WyJ4Il0'])
      expect((await manager.send(PAGE, { after })).code).toBe('VALIDATION_FAILED');
  });
});
