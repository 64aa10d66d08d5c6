import {
  compareWithNow,
  deleteOf,
  deleteProject,
  elementsOf,
  makeProject,
  narrowTo,
  undoBroughtBack,
} from './support/changes.ts';
import { ensureUser, graphql, makeBackup, undoAll, waitForJob } from './support/graphql.ts';
import { expectAccessible, expectNoSideScroll, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, manager, signIn, technician } from './support/people.ts';
import { chooseEverything } from './support/restore.ts';
import { expect, test } from './support/test.ts';

test.beforeEach(async ({ page }) => {
  await undoAll(page);
  await undoBroughtBack(page);
});
test.afterEach(async ({ page }) => {
  await undoAll(page);
  await undoBroughtBack(page);
});

test('a project that somebody deleted comes back with its boxes, clients, posts and photos, and nothing else does', async ({
  page,
  browser,
}) => {
  const name = unique('Before the mistake');
  const project = await makeProject(page, unique('Vila Nova'));
  await makeBackup(page, name);
  await ensureUser(page, manager);
  const other = await freshPage(browser);
  await signIn(other, manager.email, manager.password);
  await deleteProject(other, project);
  const since = await makeProject(page, unique('Made since'));

  await compareWithNow(page, name);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`What changed since “${name}”`);
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('would come back');
  await picture(page, 'compare');
  await narrowTo(page, 'Project', new RegExp(`^${project.name}`));
  await expect(page).toHaveURL(new RegExp(`project=${project.id}`));
  const list = page.getByRole('region', { name: 'Changes', exact: true });
  const row = list.getByRole('button', { name: new RegExp(`^${project.name} post`) });
  await expect(row).toContainText('Marcos Lima');
  await row.click();
  await expect(
    list.getByRole('definition').filter({ hasText: `${project.name} box` }),
  ).toBeVisible();
  await expect(list.getByRole('region', { name: /^Files of/ }).getByText('box.png')).toBeVisible();
  await picture(page, 'compare-row');

  await list.getByRole('checkbox', { name: 'Choose all that match' }).click();
  const bar = page.getByRole('region', { name: 'Chosen changes' });
  await bar.getByRole('button', { name: 'Bring back…' }).click();
  const dialog = page.getByRole('dialog', { name: `Bring back from “${name}”` });
  await expect(dialog.getByText('Comes back')).toBeVisible();
  await picture(page, 'bring-back');
  await dialog.getByRole('button', { name: 'Bring back', exact: true }).click();
  const toast = page.getByRole('listitem').filter({ hasText: 'Brought back' });
  await expect(toast).toBeVisible();
  await expect(dialog).toHaveCount(0);
  expect(await elementsOf(page, project)).toEqual([2, 1, 1]);
  expect(await elementsOf(page, since)).toEqual([2, 1, 1]);
  expect((await page.request.get(`/api/files/${project.photoId}`)).status()).toBe(200);
  await expect(page.getByText('This page shows the network as it was before.')).toBeVisible();

  await toast.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('What was brought back is undone').first()).toBeVisible();
  expect(await elementsOf(page, project)).toEqual([0, 0, 0]);
  await page.goto('/backup/brought-back');
  const undone = page.getByRole('row', { name: new RegExp(name) });
  await expect(undone).toContainText('Undone');
  await picture(page, 'brought-back');
  await deleteProject(page, since);
  await other.context().close();
});

test('a restore shows what it would change, restores everything, and is undone', async ({
  page,
}) => {
  const name = unique('Seen first');
  const project = await makeProject(page, unique('Seen'));
  await makeBackup(page, name);
  await deleteProject(page, project);
  await page.goto('/backup');
  await page.getByRole('button', { name: `Restore ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region', { name: 'What would change' })).toContainText(
    'would come back',
    { timeout: 90_000 },
  );
  await picture(page, 'restore-seen');
  await chooseEverything(dialog);
  await dialog.getByLabel(`Type “${name}” to restore it`).fill(name);
  // Somebody goes on working meanwhile.
  const late = await makeProject(page, unique('While somebody looked'));
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('changed 7 times since you looked');
  await picture(page, 'restore-changed');
  await dialog.getByRole('button', { name: 'Look again' }).click();
  await expect(dialog.getByRole('region', { name: 'What would change' })).toContainText(
    'would vanish',
    { timeout: 90_000 },
  );
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(dialog.getByText('Done: the network was restored')).toBeVisible();
  await expect(dialog.getByText('Checked: the preview said exactly what happened.')).toBeVisible();
  expect(await elementsOf(page, project)).toEqual([2, 1, 1]);
  expect(await elementsOf(page, late)).toEqual([0, 0, 0]);
  await undoAll(page);
  expect(await elementsOf(page, late)).toEqual([2, 1, 1]);
  await deleteProject(page, late);
});

test('only some of it: the restore dialog leads to the changes', async ({ page }) => {
  const name = unique('Only some');
  const project = await makeProject(page, unique('Some'));
  await makeBackup(page, name);
  await deleteProject(page, project);
  await page.goto('/backup');
  await page.getByRole('button', { name: `Restore ${name}` }).click();
  await page.getByRole('button', { name: /^Only some of it/ }).click({ timeout: 90_000 });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`What changed since “${name}”`);
  await expect(page.getByRole('region', { name: 'Summary' })).toBeVisible();
});

test('a name that is taken by now is decided on, and what people change meanwhile is told', async ({
  page,
}) => {
  const name = unique('With a tag');
  const tag = unique('rush');
  const createTag =
    'mutation ($name: String!) { createTag(input: { name: $name }) { tag { id } } }';
  const { createTag: first } = await graphql<{ createTag: { tag: { id: string } } }>(
    page,
    createTag,
    { name: tag },
  );
  await makeBackup(page, name);
  await deleteOf(page, 'Tag', first.tag.id);
  const { createTag: second } = await graphql<{ createTag: { tag: { id: string } } }>(
    page,
    createTag,
    { name: tag.toUpperCase() },
  );

  await compareWithNow(page, name);
  await page
    .getByRole('button', { name: /Returns$/ })
    .first()
    .click();
  await page.getByRole('checkbox', { name: `Choose Tag ${tag}`, exact: true }).click();
  await page.getByRole('button', { name: 'Bring back…' }).click();
  const dialog = page.getByRole('dialog');
  const conflict = dialog.getByRole('group', { name: `Tag ${tag}` });
  await expect(conflict).toContainText(`“${tag.toUpperCase()}” has the same Name now`);
  await picture(page, 'bring-back-conflict');
  await conflict.getByRole('radio', { name: /another name|Bring it back as/ }).check();
  await expect(dialog.getByText('Comes back')).toBeVisible();

  await graphql(
    page,
    'mutation ($id: ID!, $name: String!) { updateTag(id: $id, input: { name: $name }) { tag { id } } }',
    {
      id: second.tag.id,
      name: unique('no rush'),
    },
  );
  await dialog.getByRole('button', { name: 'Bring back', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('People changed the network meanwhile');
  await expect(conflict).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Bring back all the same' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Brought back' })).toBeVisible();

  await graphql(
    page,
    'mutation ($id: ID!, $name: String!) { updateTag(id: $id, input: { name: $name }) { tag { id } } }',
    {
      id: first.tag.id,
      name: unique('changed since'),
    },
  );
  await page
    .getByRole('region', { name: 'Something brought back that can be undone' })
    .getByRole('button', { name: 'Undo' })
    .click();
  const question = page.getByRole('alertdialog');
  await question.getByRole('button', { name: 'Undo' }).click();
  await expect(question.getByRole('alert')).toContainText('1 of these rows was changed since');
  await question.getByRole('button', { name: 'Undo the others' }).click();
  await expect(question).toHaveCount(0);
  await expect(page.getByText('What was brought back is undone').first()).toBeVisible();
  await deleteOf(page, 'Tag', first.tag.id);
  await deleteOf(page, 'Tag', second.tag.id);
});

test('two backups that hold the same are said to be the same, by the keyboard alone', async ({
  page,
}) => {
  const [one, other] = [unique('The same'), unique('The same again')];
  await makeBackup(page, one);
  await makeBackup(page, other);
  await page.goto('/backup');
  const more = page.getByRole('button', { name: `More for ${other}` });
  await more.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Compare with the one before' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    `What changed from “${one}” to “${other}”`,
  );
  await expect(page.getByText('The two are the same')).toBeVisible({ timeout: 90_000 });
  await picture(page, 'compare-same');
});

test('another backup is picked by its name', async ({ page }) => {
  const [one, other] = [unique('To be picked'), unique('Picks')];
  await makeBackup(page, one);
  await makeBackup(page, other);
  await page.goto('/backup');
  await page.getByRole('button', { name: `More for ${other}` }).click();
  await page.getByRole('menuitem', { name: 'Compare with…' }).click();
  const dialog = page.getByRole('dialog', { name: `Compare “${other}” with` });
  await dialog.getByRole('combobox').fill(one);
  await dialog.getByRole('option', { name: new RegExp(one) }).click();
  await dialog.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    `What changed from “${one}” to “${other}”`,
  );
});

test('a compare that ended before its page had read it is shown', async ({ page }) => {
  const from = await makeBackup(page, unique('Sooner than its page'));
  await page.goto('/backup');
  const { compareBackups } = await graphql<{
    compareBackups: { compare: { id: string }; job: { id: string } };
  }>(page, 'mutation ($from: ID!) { compareBackups(from: $from) { compare { id } job { id } } }', {
    from,
  });
  let held = false;
  // The first answer still says that the job is under way, and arrives when it has ended.
  await page.route(
    (url) => url.pathname === '/api/graphql',
    async (route) => {
      if (!route.request().postData()?.includes('"operationName":"Compare"'))
        return route.fallback();
      if (held) return route.fallback();
      held = true;
      const answer = await route.fetch();
      await waitForJob(page, compareBackups.job.id);
      await page.waitForTimeout(1_000);
      await route.fulfill({ response: answer });
    },
  );
  await page.goto(`/backup/compare/${compareBackups.compare.id}?from=${from}`);
  await expect(page.getByText('The two are the same')).toBeVisible();
});

test('a compare that is gone is offered anew', async ({ page }) => {
  const name = unique('Gone by now');
  const id = await makeBackup(page, name);
  await page.goto(`/backup/compare/019ac000-0000-7000-8000-000000000000?from=${id}`);
  await expect(page.getByText('nobody had looked at it for an hour')).toBeVisible();
  await page.getByRole('button', { name: 'Compare again' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`What changed since “${name}”`);
});

test('a manager compares, and who may not see backups sees nothing of it', async ({
  page,
  browser,
}) => {
  await ensureUser(page, manager);
  await ensureUser(page, technician);
  const name = unique('For a manager');
  await makeBackup(page, name);
  const project = await makeProject(page, unique('For a manager'));
  const managers = await freshPage(browser);
  await signIn(managers, manager.email, manager.password);
  await compareWithNow(managers, name);
  await expect(managers.getByRole('checkbox', { name: 'Choose all that match' })).toBeVisible();
  const address = managers.url();
  await managers.context().close();

  const technicians = await freshPage(browser);
  await signIn(technicians, technician.email, technician.password);
  await technicians.goto(address);
  await expect(technicians.getByText('Your role does not include this page')).toBeVisible();
  await technicians.goto('/backup/brought-back');
  await expect(technicians.getByText('Your role does not include this page')).toBeVisible();
  await technicians.context().close();
  await deleteProject(page, project);
});

test.describe('the pages of a compare', () => {
  test.setTimeout(600_000);

  test('are accessible and fit, in every look and width', async ({ page }) => {
    const name = unique('To look at');
    const project = await makeProject(page, unique('Looked at'));
    await makeBackup(page, name);
    await deleteProject(page, project);
    await compareWithNow(page, name);
    await page.getByRole('button', { name: new RegExp(`^${project.name} post`) }).click();
    await page.getByRole('checkbox', { name: 'Choose all that match' }).click();
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: width === 390 ? 844 : 860 });
        await picture(page, `compare-${colorScheme}-${width}`);
        await expectNoSideScroll(page);
        await expectAccessible(page);
        await page.getByRole('button', { name: 'Bring back…' }).click();
        await expect(page.getByRole('dialog').getByText('Comes back')).toBeVisible();
        await picture(page, `bring-back-${colorScheme}-${width}`);
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('button', { name: 'Bring back…' })).toBeFocused();
      }
  });

  for (const [locale, signInWords, heading, open, title] of [
    [
      'pt-BR',
      ['E-mail', 'Senha', 'Entrar'],
      'O que mudou desde',
      'Trazer de volta…',
      'Trazer de volta de',
    ],
    [
      'es',
      ['Correo electrónico', 'Contraseña', 'Iniciar sesión'],
      'Qué cambió desde',
      'Traer de vuelta…',
      'Traer de vuelta desde',
    ],
  ] as const)
    test(`speak ${locale}`, async ({ page, browser }) => {
      await ensureUser(page, manager);
      const name = unique('Languages');
      const project = await makeProject(page, unique('Languages'));
      const from = await makeBackup(page, name);
      await deleteProject(page, project);
      const { compareBackups } = await graphql<{ compareBackups: { compare: { id: string } } }>(
        page,
        'mutation ($from: ID!) { compareBackups(from: $from) { compare { id } } }',
        { from },
      );
      const other = await freshPage(browser, { locale });
      await other.goto('/sign-in');
      const [email, password, button] = signInWords;
      await other.getByLabel(email).fill(manager.email);
      await other.getByLabel(password).fill(manager.password);
      await other.getByRole('button', { name: button }).click();
      await other.waitForURL((url) => url.pathname !== '/sign-in');
      await other.goto(`/backup/compare/${compareBackups.compare.id}?from=${from}`);
      await expect(other.getByRole('heading', { level: 1 })).toContainText(heading);
      await other.getByRole('checkbox').first().click({ timeout: 90_000 });
      await picture(other, `compare-${locale}`);
      await other.getByRole('button', { name: open }).click();
      await expect(other.getByRole('dialog')).toContainText(title);
      await picture(other, `bring-back-${locale}`);
      await other.context().close();
    });
});
