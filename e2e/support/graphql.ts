import { expect, type Page, type Request } from '@playwright/test';
import { administrator } from './people.ts';

/** Sends an operation as the person signed in on the page. Returns its data; fails on any error. */
export async function graphql<Data>(
  page: Page,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const answer = await page.request.post('/api/graphql', { data: { query, variables } });
  const body = (await answer.json()) as { data: Data; errors?: unknown };
  expect(body.errors).toBeUndefined();
  return body.data;
}

/** Creates a person with an existing role, unless the person exists. */
export async function ensureUser(
  page: Page,
  person: { name: string; email: string; password: string; role: string },
): Promise<void> {
  const { users, roles } = await graphql<{
    users: { nodes: { email: string }[] };
    roles: { id: string; name: string }[];
  }>(page, '{ users(first: 100) { nodes { email } } roles { id name } }');
  if (users.nodes.some((user) => user.email === person.email)) return;
  const roleId = roles.find((role) => role.name === person.role)?.id;
  const { role: _, ...input } = person;
  await graphql(
    page,
    'mutation ($password: String!) { confirmPassword(password: $password) { goodUntil } }',
    {
      password: administrator.password,
    },
  );
  await graphql(
    page,
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { ...input, roleId } },
  );
}

/** Creates a backup and waits until it is in the list. */
export async function makeBackup(page: Page, name: string): Promise<string> {
  const { createBackup } = await graphql<{ createBackup: { job: { id: string } } }>(
    page,
    'mutation ($input: CreateBackupInput!) { createBackup(input: $input) { job { id } } }',
    { input: { name } },
  );
  await waitForJob(page, createBackup.job.id);
  const { backups } = await graphql<{ backups: { nodes: { id: string; name: string }[] } }>(
    page,
    '{ backups(first: 50) { nodes { id name } } }',
  );
  return backups.nodes.find((backup) => backup.name === name)?.id ?? '';
}

export async function waitForJob(page: Page, id: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const { job } = await graphql<{ job: { status: string } }>(
          page,
          'query ($id: ID!) { job(id: $id) { status } }',
          { id },
        );
        return job.status;
      },
      { timeout: 60_000 },
    )
    .toBe('SUCCEEDED');
}

/** Restores the backup of that name, as another person would. */
export async function applyTo(page: Page, backupId: string, name: string): Promise<void> {
  const { stageRestore } = await graphql<{
    stageRestore: { job: { id: string }; restore: { id: string } };
  }>(page, 'mutation ($id: ID!) { stageRestore(backupId: $id) { job { id } restore { id } } }', {
    id: backupId,
  });
  await waitForJob(page, stageRestore.job.id);
  await graphql(
    page,
    'mutation ($id: ID!, $name: String!) { applyRestore(id: $id, confirmName: $name, cancelRunningBackup: true) { restore { status } } }',
    { id: stageRestore.restore.id, name },
  );
}

/** Undoes every restore that can be undone, since one left applied would disturb the next test. */
export async function undoAll(page: Page): Promise<void> {
  const list = '{ restores(first: 10) { nodes { id canUndo } } }';
  const undo =
    'mutation ($id: ID!) { undoRestore(id: $id, cancelRunningBackup: true) { restore { id } } }';
  await expect(async () => {
    const { restores } = await graphql<{ restores: { nodes: { id: string; canUndo: boolean }[] } }>(
      page,
      list,
    );
    const last = restores.nodes.find(({ canUndo }) => canUndo);
    if (last) await graphql(page, undo, { id: last.id });
    expect(last).toBeUndefined();
  }).toPass({ timeout: 60_000 });
}

/** Whether a request of the page sends this operation, with `value` among its variables where it is given. */
export function asksFor(request: Request, operation: string, value = ''): boolean {
  const body = request.postData() ?? '';
  return body.includes(operation) && body.includes(value);
}
