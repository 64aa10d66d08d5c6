import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { localActor, permitInPerson } from '#services/permit.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import { copyDigest } from '#testing/backups.ts';
import { Machine, STEPS, type TestPlace } from '#testing/recovering-machine.ts';
import { KEYS } from '#testing/s3-lab.ts';
import {
  classesIn,
  openS3Stage,
  readsOf,
  type S3Stage,
  sendNew,
  thawsAsked,
} from '#testing/s3-stage.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A folder with the kit and what opens the place. */
async function openFolder({ lab, place }: S3Stage): Promise<{ folder: string; from: TestPlace }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-frozen-'));
  const { kit } = await printRecoveryKit(
    lab.server,
    await permitInPerson(lab.server, localActor('root'), 'backup.configure'),
  );
  await writeFile(path.join(folder, 'kit.txt'), kit.text);
  const secret = path.join(folder, 'secret.txt');
  await writeFile(secret, KEYS.secretAccessKey);
  const { url = '', endpoint = '' } = place;
  const options = [
    ...['--endpoint', String(endpoint), '--access-key-id', KEYS.accessKeyId],
    ...['--secret-file', secret],
  ];
  const close = () => rm(folder, { recursive: true, force: true });
  return {
    folder,
    from: { input: { ...place, url: String(url) }, options, [Symbol.asyncDispose]: close },
  };
}

async function poles(connect: Machine['connect']): Promise<string> {
  const client = await connect();
  const digest = await copyDigest(client, 'plant', 'pole');
  await client.end();
  return digest;
}

test('a recovery asks for the thaw of all contents, and goes on from there after it was killed', async () => {
  await using stage = await openS3Stage({ storageClass: 'DEEP_ARCHIVE' });
  const { lab, s3 } = stage;
  const backup = await sendNew(stage, 'First');
  const frozen = [...classesIn(stage)].filter(([, one]) => one === 'DEEP_ARCHIVE');
  const contents = frozen.map(([name]) => name);
  const { folder, from } = await openFolder(stage);
  await using place = from;
  await using machine = await Machine.open(folder);
  s3.server.requests.length = 0;
  await machine.recoverUntilKilled(place, { step: STEPS.indexOf('thawing'), delayMs: 1000 });
  expect(thawsAsked(stage)).toBe(contents.length);
  expect(readsOf(stage, contents)).toEqual([]);

  s3.server.thaws.pass(12 * HOUR_MS);
  await machine.expireLeases();
  const client = await machine.connect();
  await client.query("UPDATE vault.job SET not_before = now() WHERE kind = 'FETCH_BACKUP'");
  await client.end();
  const { code, output, errors } = await machine.recover(place);
  expect(`${code} ${errors}`).toBe('0 ');
  expect(JSON.parse(output)).toMatchObject({ backup: { id: backup.id, name: 'First' } });
  expect(thawsAsked(stage)).toBe(contents.length);
  expect(await poles(() => machine.connect())).toBe(
    await poles(() => lab.opened.database.connect()),
  );
  // The destination comes back with its class.
  const shown = JSON.parse((await machine.run('destination', 'show', 'NAS', '--json')).output);
  expect(shown.destination).toMatchObject({ storageClass: 'DEEP_ARCHIVE' });
});
