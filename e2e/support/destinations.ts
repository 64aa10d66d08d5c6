import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { graphql } from './graphql.ts';
import { administrator } from './people.ts';

/** A folder that stands for a mounted NAS. */
export async function makeNas(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-e2e-nas-'));
  // The server may run as another user.
  await chmod(folder, 0o777);
  return folder;
}

/** Destinations are refused until the recovery kit was shown and a copy of it checked. */
export async function checkKit(page: Page): Promise<void> {
  const { kitState } = await graphql<{ kitState: { checked: boolean } }>(
    page,
    '{ kitState { checked } }',
  );
  if (kitState.checked) return;
  const { recoveryKit } = await graphql<{
    recoveryKit: { kit: { serverKeyGroups: string[] }; state: { askedGroups: number[] } };
  }>(
    page,
    'mutation ($password: String!) { recoveryKit(password: $password) { kit { serverKeyGroups } state { askedGroups } } }',
    { password: administrator.password },
  );
  const { kit, state } = recoveryKit;
  const part = state.askedGroups.map((number) => kit.serverKeyGroups[number - 1]).join(' ');
  await graphql(
    page,
    'mutation ($part: String!) { checkRecoveryKit(part: $part) { state { checked } } }',
    { part },
  );
}

/** Removes what an earlier attempt left. */
export async function removeDestinations(page: Page): Promise<void> {
  const { destinations } = await graphql<{ destinations: { id: string }[] }>(
    page,
    '{ destinations { id } }',
  );
  if (destinations.length === 0) return;
  await graphql(
    page,
    'mutation ($password: String!) { confirmPassword(password: $password) { goodUntil } }',
    { password: administrator.password },
  );
  const query = 'mutation ($id: ID!) { deleteDestination(id: $id) { id } }';
  // The page may be removing it at this moment: gone is gone.
  for (const { id } of destinations)
    await page.request.post('/api/graphql', { data: { query, variables: { id } } });
}
