import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '#testing/graphql.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';

let api: TestGraphQL;
let worker: TestWorker;
let administrator: SignedInClient;
let manager: SignedInClient;

beforeAll(async () => {
  api = await openTestGraphQL();
  worker = startWorker(api.server);
  administrator = await api.signedInAs('Administrator');
  manager = await api.signedInAs('Manager');
});
afterAll(async () => {
  await worker?.stop();
  await api?.[Symbol.asyncDispose]();
});

async function backup(): Promise<string> {
  const asked = await administrator.send(
    'mutation { createBackup(input: { name: "Before" }) { job { id } } }',
  );
  const job = await worker.ended(asked.read<{ job: { id: string } }>('createBackup').job.id);
  return (job.result as { backupId: string }).backupId;
}

const COMPARE = `query ($id: ID!, $filter: ChangeFilter) {
  compare(id: $id) {
    status toNow from { id name } to { name }
    totals { table added changed removed }
    projects { id name added } people { id name added days { day added } }
    accounts { name email roleName } roles { name }
    changes(first: 50, filter: $filter) {
      totalCount pageInfo { hasNextPage }
      edges { cursor node {
        kind table id label project { id name } before after
        fields { name before after beforeName afterName hidden }
        place { lat lng } changedBy { id name } changedAt files { name here }
      } }
    }
    places(filter: $filter) { id kind lat lng count }
  }
}`;

interface Answered {
  readonly status: string;
  readonly totals: { table: string; added: number }[];
  readonly accounts: { email: string }[] | null;
  readonly changes: { totalCount: number; edges: { node: Record<string, unknown> }[] };
  readonly places: unknown[];
}

test('a manager sees what changed between two backups, and no accounts; who manages users sees those too', async () => {
  const from = await backup();
  const { plant } = api.server;
  const { id } = await plant.project.create({ data: { name: 'Centro', createdById: manager.id } });
  await plant.pole.create({
    data: { name: 'P-1', lat: 1, lng: 2, projectId: id, createdById: manager.id },
  });
  await plant.user.update({
    where: { id: administrator.id },
    data: { passwordHash: 'another', name: 'Renamed' },
  });

  const to = await backup();
  const asked = await manager.send(
    `mutation ($from: ID!, $to: ID!) {
      compareBackups(from: $from, to: $to) { job { id compareId } compare { id status } }
    }`,
    { from, to },
  );
  const { job, compare } = asked.read<{ job: { id: string }; compare: { id: string } }>(
    'compareBackups',
  );
  expect(job).toMatchObject({ compareId: compare.id });
  expect(await worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });

  const seen = (await manager.send(COMPARE, { id: compare.id })).read<Answered>('compare');
  expect(seen.totals.map(({ table }) => table)).toEqual(['pole', 'project']);
  expect(seen.accounts).toBeNull();
  expect(seen.changes.totalCount).toBe(2);
  expect(seen.changes.edges.map(({ node }) => node)).toContainEqual(
    expect.objectContaining({
      kind: 'ADDED',
      table: 'pole',
      label: 'P-1',
      project: { id, name: 'Centro' },
      place: { lat: 1, lng: 2 },
      changedBy: { id: manager.id, name: manager.name },
    }),
  );
  expect(seen.places).toHaveLength(1);

  const all = (await administrator.send(COMPARE, { id: compare.id })).read<Answered>('compare');
  expect(all.accounts).toEqual([]);
  const account = all.changes.edges.find(({ node }) => node.table === 'user_account')?.node;
  expect(account?.fields).toContainEqual(
    expect.objectContaining({ name: 'password_hash', before: null, after: null, hidden: true }),
  );
  expect(JSON.stringify(all)).not.toContain('another');
});

test('comparing takes the permission to see the network too', async () => {
  const { client } = await administrator.makeKey(['backup.compare']);
  const refused = await client.send(COMPARE, { id: administrator.id });
  expect(refused).toMatchObject({
    code: 'FORBIDDEN',
    errors: [{ extensions: { params: { action: 'network.view' } } }],
  });
});
