import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cataloguedAll } from '#testing/catalogue.ts';
import { openTestGraphQL, type TestClient, type TestGraphQL } from '#testing/graphql.ts';

const LIST = `query ($first: Int, $after: String) {
  backups(first: $first, after: $after) {
    totalCount
    nodes {
      id name comment author { id name } kind status createdAt scheduledFor includesFiles fileCount archiveSize
      archiveExact archiveReady canDownload storedSize tables { name rows } testedAt restoreSeconds testFailedAt
      testError { code message hint } pinned uploadedBy { name }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

let graphql: TestGraphQL;
let ana: TestClient;
beforeAll(async () => {
  graphql = await openTestGraphQL();
  ana = await graphql.signedInAs('Administrator');
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 3_600_000);
  const tables = [{ name: 'pole', rows: 100 }];
  const rows = Array.from({ length: 300 }, (_, n) => ({ name: `${n}`, createdAt: at(n), tables }));
  await cataloguedAll(graphql.server, rows);
});
afterAll(() => graphql[Symbol.asyncDispose]());

/** The statements with which the database was asked for the answer. */
async function statementsOf(variables: Record<string, unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    const answer = await ana.send(LIST, variables);
    expect(answer.errors).toEqual([]);
    const page = answer.read<{ totalCount: number; nodes: unknown[] }>('backups');
    expect(page).toMatchObject({ totalCount: 300 });
    expect(page.nodes).toHaveLength(Number(variables.first));
    return spy.mock.calls.map(([query]) => textOf(query));
  } finally {
    spy.mockRestore();
  }
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: string }).text);
}

test('the list takes one query for its rows and one for their number, however many there are', async () => {
  const few = await statementsOf({ first: 1 });
  const many = await statementsOf({ first: 100 });
  expect(many).toHaveLength(few.length);
  const ofBackups = many.filter((text) => /"vault"\."backup"/.test(text));
  expect(ofBackups).toHaveLength(2);
  expect(ofBackups.filter((text) => /COUNT\(/.test(text))).toHaveLength(1);
  expect(many.filter((text) => /archive_head/.test(text))).toHaveLength(1);
});
