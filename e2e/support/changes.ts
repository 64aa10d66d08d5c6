import { expect, type Page } from '@playwright/test';
import { graphql, waitForJob } from './graphql.ts';

/** A photo of one pixel. */
const PHOTO = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A project with all that belongs to one: two poles, a box, a client, and a post with a photo on the box. */
export interface ProjectOfTest {
  readonly name: string;
  readonly id: string;
  readonly poleIds: readonly string[];
  readonly boxId: string;
  readonly clientId: string;
  readonly photoId: string;
}

async function create(page: Page, kind: string, input: object): Promise<string> {
  const field = `${kind[0]?.toLowerCase()}${kind.slice(1)}`;
  const made = await graphql<Record<string, Record<string, { id: string }>>>(
    page,
    `mutation ($input: Create${kind}Input!) { create${kind}(input: $input) { ${field} { id } } }`,
    { input },
  );
  return made[`create${kind}`]?.[field]?.id ?? '';
}

export async function makeProject(page: Page, name: string): Promise<ProjectOfTest> {
  const id = await create(page, 'Project', { name });
  const at = { projectId: id, lat: -22.9, lng: -47.06 };
  const poleIds = [
    await create(page, 'Pole', { ...at, name: `${name} pole 1` }),
    await create(page, 'Pole', { ...at, lat: -22.901, name: `${name} pole 2` }),
  ];
  const boxId = await create(page, 'Box', { ...at, name: `${name} box`, poleId: poleIds[0] });
  const clientId = await create(page, 'Client', { ...at, name: `${name} client`, boxId });
  const element = { kind: 'BOX', id: boxId };
  const postId = await create(page, 'Post', { title: `${name} post`, element });
  const answer = await page.request.post(`/api/posts/${postId}/files?name=box.png`, {
    data: PHOTO,
    headers: { 'content-type': 'image/png', 'x-requested-with': 'fiberkeep' },
  });
  expect(answer.status()).toBe(201);
  const { id: photoId } = (await answer.json()) as { id: string };
  return { name, id, poleIds, boxId, clientId, photoId };
}

export async function deleteOf(page: Page, kind: string, id: string): Promise<void> {
  await graphql(page, `mutation ($id: ID!) { delete${kind}(id: $id) { id } }`, { id });
}

/** Deletes the project as people must: what belongs to it first. */
export async function deleteProject(page: Page, project: ProjectOfTest): Promise<void> {
  await deleteOf(page, 'Client', project.clientId);
  await deleteOf(page, 'Box', project.boxId);
  for (const id of project.poleIds) await deleteOf(page, 'Pole', id);
  await deleteOf(page, 'Project', project.id);
}

/** How many of the project's elements are in the network. */
export async function elementsOf(page: Page, { id }: ProjectOfTest): Promise<number[]> {
  const found = await graphql<Record<string, { totalCount: number }>>(
    page,
    `query ($id: ID!) { poles(projectId: $id) { totalCount } boxes(projectId: $id) { totalCount }
       clients(projectId: $id) { totalCount } }`,
    { id },
  );
  return ['poles', 'boxes', 'clients'].map((kind) => found[kind]?.totalCount ?? 0);
}

/** Undoes all that was brought back and can be undone, since what one test leaves would disturb the next one. */
export async function undoBroughtBack(page: Page): Promise<void> {
  for (;;) {
    const { undoableChangeSet } = await graphql<{ undoableChangeSet: { id: string } | null }>(
      page,
      '{ undoableChangeSet { id } }',
    );
    if (!undoableChangeSet) return;
    const { undoChangeSet } = await graphql<{ undoChangeSet: { job: { id: string } } }>(
      page,
      'mutation ($id: ID!) { undoChangeSet(id: $id, keepChanged: true) { job { id } } }',
      { id: undoableChangeSet.id },
    );
    await waitForJob(page, undoChangeSet.job.id);
  }
}

/** Compares a backup with now through its menu, and waits until the page shows what differs. */
export async function compareWithNow(page: Page, backup: string): Promise<void> {
  await page.goto('/backup');
  await page.getByRole('button', { name: `More for ${backup}` }).click();
  await page.getByRole('menuitem', { name: 'Compare with now' }).click();
  await page.waitForURL(/\/backup\/compare\//);
  await expect(page.getByRole('region', { name: 'Summary' })).toBeVisible({ timeout: 90_000 });
}

/** Narrows the list by a button beside it, such as a project or a person. */
export async function narrowTo(page: Page, group: string, label: RegExp | string): Promise<void> {
  await page.getByRole('region', { name: group }).getByRole('button', { name: label }).click();
}
