import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, type Page } from '@playwright/test';
import { checkKit, makeNas } from './destinations.ts';
import { graphql, makeBackup, waitForJob } from './graphql.ts';
import { administrator } from './people.ts';

/** What is left of a server that was lost. */
export interface Remains extends AsyncDisposable {
  readonly kit: string;
  /** The folder of its destination. */
  readonly nas: string;
  readonly archive: string;
  readonly backupName: string;
}

interface EmptyServer {
  readonly url: string;
  readonly setUpUrl: string;
}

async function order(path: string, data: object = {}): Promise<Response> {
  const answer = await fetch(`${process.env.RECOVERY_URL}${path}`, {
    method: 'POST',
    body: JSON.stringify(data),
  });
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return answer;
}

/** A server that nobody has used yet. An earlier one ends. */
export async function startEmptyServer(): Promise<EmptyServer> {
  return (await (await order('empty')).json()) as EmptyServer;
}

/** Ends it as a power cut does. */
export async function killEmptyServer(): Promise<void> {
  await order('kill');
}

export async function startAgain(): Promise<EmptyServer> {
  return (await (await order('start')).json()) as EmptyServer;
}

export interface SftpPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly hostKey: string;
  readonly folder: string;
}

/** A copy of the folder on an SFTP server; null on a machine that has none. */
export async function serveOverSftp(folder: string): Promise<SftpPlace | null> {
  const answer = await order('sftp', { folder });
  return answer.status === 204 ? null : ((await answer.json()) as SftpPlace);
}

/** Makes a backup on the server of all tests, sends it to a folder, and keeps what outlives that server. */
export async function leaveRemains(page: Page, backupName: string): Promise<Remains> {
  await checkKit(page);
  const nas = await makeNas();
  const backupId = await makeBackup(page, backupName);
  const { createDestination } = await graphql<{
    createDestination: { destination: { id: string } };
  }>(
    page,
    'mutation ($input: DestinationInput!) { createDestination(input: $input) { destination { id } } }',
    { input: { name: 'NAS in the office', url: `file://${nas}` } },
  );
  const destinationId = createDestination.destination.id;
  const { externalBackup } = await graphql<{ externalBackup: { job: { id: string } } }>(
    page,
    'mutation ($backupId: ID!, $destinationId: ID!) { externalBackup(backupId: $backupId, destinationId: $destinationId) { job { id } } }',
    { backupId, destinationId },
  );
  await waitForJob(page, externalBackup.job.id);
  const { recoveryKit } = await graphql<{ recoveryKit: { kit: { text: string } } }>(
    page,
    'mutation ($password: String!) { recoveryKit(password: $password) { kit { text } } }',
    { password: administrator.password },
  );
  const archive = await saveArchive(page, backupId);
  return {
    kit: recoveryKit.kit.text,
    nas,
    archive,
    backupName,
    async [Symbol.asyncDispose]() {
      await rm(nas, { recursive: true, force: true });
      await rm(path.dirname(archive), { recursive: true, force: true });
    },
  };
}

async function saveArchive(page: Page, id: string): Promise<string> {
  const { prepareArchive } = await graphql<{
    prepareArchive: { job: { id: string } | null; backup: { archiveUrl: string } };
  }>(page, 'mutation ($id: ID!) { prepareArchive(id: $id) { job { id } backup { archiveUrl } } }', {
    id,
  });
  if (prepareArchive.job) await waitForJob(page, prepareArchive.job.id);
  const answer = await page.request.get(prepareArchive.backup.archiveUrl);
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-e2e-archive-'));
  await chmod(folder, 0o755);
  const file = path.join(folder, 'lost.tar.gz.doz');
  await writeFile(file, await answer.body());
  return file;
}
