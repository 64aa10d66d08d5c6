import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestGraphQL, type TestClient, type TestGraphQL } from '#testing/graphql.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';

let graphql: TestGraphQL;
let worker: TestWorker;
let ana: TestClient & { id: string };

beforeAll(async () => {
  graphql = await openTestGraphQL();
  worker = startWorker(graphql.server);
  ana = await graphql.signedInAs('Administrator');
});

afterAll(async () => {
  await worker.stop();
  await graphql[Symbol.asyncDispose]();
});

/** The answer of the one field asked for; throws when there is an error. */
async function ask<T = Record<string, unknown>>(
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const answer = await ana.send(query, variables);
  if (answer.errors.length > 0) throw new Error(JSON.stringify(answer.errors));
  return Object.values(answer.data ?? {})[0] as T;
}

async function createBackup(name: string): Promise<string> {
  const { job } = await ask<{ job: { id: string } }>(
    `mutation ($input: CreateBackupInput!) {
       createBackup(input: $input) { job { id status } backup { id } } }`,
    { input: { name } },
  );
  await worker.ended(job.id);
  const ended = await ask<{ backup: { id: string } }>(
    'query ($id: ID!) { job(id: $id) { status error { code message } backup { id name } } }',
    { id: job.id },
  );
  expect(ended).toMatchObject({ status: 'SUCCEEDED', error: null, backup: { name } });
  return ended.backup.id;
}

const givenName = 'kind of at { localDate time } backupName';

/** What the list, a restore and the audit log say of the names that backups have. */
async function shownOf(backupId: string, restoreId: string) {
  const backup = await ask<{ name: string; givenName: object | null }>(
    `query ($id: ID!) { backup(id: $id) { name givenName { ${givenName} } } }`,
    { id: backupId },
  );
  const restore = await ask<{ backupName: string; backupGivenName: object | null }>(
    `query ($id: ID!) { restore(id: $id) { backupName backupGivenName { ${givenName} } } }`,
    { id: restoreId },
  );
  const { nodes } = await ask<{ nodes: AuditedName[] }>(
    `{ auditEvents(first: 50) { nodes { action targetId targetName targetGivenName { ${givenName} } } } }`,
  );
  const audited = nodes.filter(({ targetId }) => [backupId, restoreId].includes(targetId));
  return [
    { name: backup.name, givenName: backup.givenName },
    { name: restore.backupName, givenName: restore.backupGivenName },
    ...audited.map(({ targetName: name, targetGivenName }) => ({
      name,
      givenName: targetGivenName,
    })),
  ];
}

interface AuditedName {
  targetId: string;
  targetName: string;
  targetGivenName: object | null;
}

/** Applies a restore; answers the id of the SAFETY backup that it made. */
async function apply(restoreId: string, confirmName: string): Promise<string> {
  await ask(
    'mutation ($id: ID!, $name: String!) { applyRestore(id: $id, confirmName: $name) { restore { id } } }',
    { id: restoreId, name: confirmName },
  );
  const kept = await graphql.server.vault.keptPlant.findFirstOrThrow({ where: { restoreId } });
  const job = await worker.ended(kept.safetyJobId ?? '');
  expect(job).toMatchObject({ status: 'SUCCEEDED' });
  return (job.result as { backupId: string }).backupId;
}

const projects = async () =>
  (await graphql.server.plant.project.findMany({ orderBy: { name: 'asc' } })).map(
    ({ name }) => name,
  );

async function stage(backupId: string): Promise<string> {
  const staged = await ask<{ job: { id: string }; restore: { id: string } }>(
    'mutation ($id: ID!) { stageRestore(backupId: $id) { job { id restoreId } restore { id status } } }',
    { id: backupId },
  );
  expect(staged).toMatchObject({
    job: { restoreId: staged.restore.id },
    restore: { status: 'STAGING' },
  });
  const ended = await worker.ended(staged.job.id);
  expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'SUCCEEDED' });
  return staged.restore.id;
}

describe('what a backup is called', () => {
  test.each(['Automatic 2026-11-23 02:00', 'Before restoring: X'])(
    'is what a person typed, though it looks like a name of the server: %s',
    async (name) => {
      const backupId = await createBackup(name);
      const shown = await shownOf(backupId, await stage(backupId));
      expect(shown.length).toBeGreaterThan(4);
      expect(shown).toEqual(shown.map(() => ({ name, givenName: null })));
    },
  );

  test('is also data where the server named it, in a restore and the audit log as well', async () => {
    const typed = 'Automatic 2026-11-23 02:00';
    const safetyId = await apply(await stage(await createBackup(typed)), typed);
    const name = `Before restoring: ${typed}`;
    const data = { kind: 'BEFORE_RESTORE', of: [], at: null, backupName: typed };
    const restoreId = await stage(safetyId);
    const shown = await shownOf(safetyId, restoreId);
    expect(shown.length).toBeGreaterThan(4);
    expect(shown).toEqual(shown.map(() => ({ name, givenName: data })));
    const nextId = await apply(restoreId, name);
    expect(await shownOf(nextId, restoreId)).toContainEqual({
      name: `Before restoring: ${name}`,
      givenName: { ...data, of: ['BEFORE_RESTORE'] },
    });
  });

  test('is a person’s own name once they change it', async () => {
    const { nodes } = await ask<{ nodes: { id: string; name: string }[] }>(
      '{ backups(kind: SAFETY, first: 1) { nodes { id name } } }',
    );
    const [{ id, name } = { id: '', name: '' }] = nodes;
    const change = async (input: object) => {
      const { backup } = await ask<{ backup: { givenName: object | null } }>(
        `mutation ($id: ID!, $input: UpdateBackupInput!) {
           updateBackup(id: $id, input: $input) { backup { givenName { kind } } } }`,
        { id, input },
      );
      return backup.givenName;
    };
    expect(await change({ name, comment: 'Look here' })).toEqual({ kind: 'BEFORE_RESTORE' });
    expect(await change({ name: 'Mine' })).toBeNull();
    expect(await change({ name })).toBeNull();
  });
});

describe('the main job, over GraphQL', () => {
  test('a backup is made and restored, and the restore is undone', async () => {
    await graphql.server.plant.project.create({ data: { name: 'Harbour' } });
    const id = await createBackup('Before the storm');
    expect(
      await ask(
        `query ($id: ID!) { backup(id: $id) { name comment author { kind id name } givenName { backupName } kind status includesFiles
           fileCount archiveSize archiveExact storedSize tables { name rows } testedAt pinned } }`,
        { id },
      ),
    ).toMatchObject({
      name: 'Before the storm',
      author: { kind: 'PERSON', id: ana.id, name: 'Administrator 1' },
      givenName: null,
      kind: 'MANUAL',
      status: 'READY',
      archiveExact: false,
      storedSize: expect.stringMatching(/^[1-9]\d*$/),
      tables: expect.arrayContaining([{ name: 'project', rows: '1' }]),
      pinned: false,
    });

    await graphql.server.plant.project.create({ data: { name: 'Later' } });
    const restore = await stage(id);
    const seen = await ask<{ comparison: object[] }>(
      `query ($id: ID!) { restore(id: $id) { status canUndo missingFiles migrationsRun backupName
         job { status } comparison { name rowsInBackup rowsNow } } }`,
      { id: restore },
    );
    expect(seen).toMatchObject({
      status: 'STAGED',
      canUndo: false,
      missingFiles: 0,
      migrationsRun: [],
      job: { status: 'SUCCEEDED' },
    });
    expect(seen.comparison).toContainEqual({ name: 'project', rowsInBackup: '1', rowsNow: '2' });
    expect(await projects()).toEqual(['Harbour', 'Later']);

    const wrong = await ana.send(
      'mutation ($id: ID!) { applyRestore(id: $id, confirmName: "another") { restore { id } } }',
      { id: restore },
    );
    expect(wrong.code).toBe('VALIDATION_FAILED');
    const applied = await ask(
      `mutation ($id: ID!) { applyRestore(id: $id, confirmName: "Before the storm") {
         restore { status canUndo appliedBy { id } } } }`,
      { id: restore },
    );
    expect(applied).toMatchObject({
      restore: { status: 'APPLIED', canUndo: true, appliedBy: { id: ana.id } },
    });
    expect(await projects()).toEqual(['Harbour']);

    const undone = await ask(
      'mutation ($id: ID!) { undoRestore(id: $id) { restore { status canUndo } } }',
      { id: restore },
    );
    expect(undone).toMatchObject({ restore: { status: 'UNDONE', canUndo: false } });
    expect(await projects()).toEqual(['Harbour', 'Later']);
  });

  test('the plant that a restore replaced gets a SAFETY backup, with its last write', async () => {
    const id = await createBackup('Point');
    const restore = await stage(id);
    await graphql.server.plant.project.create({ data: { name: 'The last write' } });
    await ask(
      'mutation ($id: ID!) { applyRestore(id: $id, confirmName: "Point") { restore { id } } }',
      { id: restore },
    );
    const kept = await graphql.server.vault.keptPlant.findFirstOrThrow({
      where: { restoreId: restore },
    });
    const job = await worker.ended(kept.safetyJobId ?? '');
    expect(job, JSON.stringify(job.error)).toMatchObject({ status: 'SUCCEEDED' });
    const { nodes } = await ask<{ nodes: { id: string; tables: object[]; givenName: object }[] }>(
      `{ backups(kind: SAFETY, first: 1) { nodes { id kind tables { name rows }
         givenName { ${givenName} } } } }`,
    );
    expect(nodes[0]?.givenName).toEqual({
      kind: 'BEFORE_RESTORE',
      of: [],
      at: null,
      backupName: 'Point',
    });
    expect(
      await ask('query ($id: ID!) { job(id: $id) { backupKind targetBackupId } }', { id: job.id }),
    ).toEqual({ backupKind: 'SAFETY', targetBackupId: nodes[0]?.id });
    expect(nodes[0]?.tables).toContainEqual({ name: 'project', rows: '3' });
    await ask('mutation ($id: ID!) { undoRestore(id: $id) { restore { id } } }', { id: restore });
    expect(await projects()).toContain('The last write');
  });

  test('lists take a fixed number of SQL statements, however many rows they show', async () => {
    for (const name of ['a', 'b', 'c']) await createBackup(name);
    const query = `query ($first: Int) { jobs(first: $first) { nodes { id backup { name } requestedBy { name } } }
      restores(first: $first) { nodes { id canUndo job { id } } } }`;
    const statementsOf = async (first: number) => {
      const { pool } = graphql.server;
      let sent = 0;
      const count = () => {
        sent += 1;
      };
      pool.on('acquire', count);
      await ask(query, { first });
      pool.off('acquire', count);
      return sent;
    };
    // The worker uses the same pool now and then: the fewest of some tries are the request's own.
    const fewest = async (first: number) => {
      const tries: number[] = [];
      for (let n = 0; n < 15; n++) tries.push(await statementsOf(first));
      return Math.min(...tries);
    };
    // Among the newest six are jobs of every kind: one that has nothing to look up would need fewer statements.
    expect(await fewest(20)).toBe(await fewest(6));
  });
});

describe('what is refused over GraphQL', () => {
  test('an empty name and one of 100,000 characters, each at its field', async () => {
    for (const name of ['', '   ', 'x'.repeat(100_000), 'a\u0000b', '\u200b']) {
      const answer = await ana.send(
        'mutation ($input: CreateBackupInput!) { createBackup(input: $input) { job { id } } }',
        { input: { name } },
      );
      expect(answer.code).toBe('VALIDATION_FAILED');
      expect(answer.errors[0]?.extensions.fields.map(({ path }) => path)).toEqual(['name']);
    }
  });

  test('two backups of one name are not refused', async () => {
    expect(await createBackup('twins')).not.toBe(await createBackup('twins'));
  });

  test('staging, testing and deleting a backup that does not exist', async () => {
    const nothing = '01990000-0000-7000-8000-000000000000';
    for (const id of [nothing, 'x', '']) {
      const staged = await ana.send(
        'mutation ($id: ID!) { stageRestore(backupId: $id) { job { id } } }',
        { id },
      );
      expect(staged.code).toBe('NOT_FOUND');
    }
  });
});
