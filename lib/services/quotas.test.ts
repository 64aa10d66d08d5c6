import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { admit } from '#testing/people.ts';
import { ana, openRestoreLab, type RestoreLab, RUI } from '#testing/restores.ts';
import { cancelJob } from './activity/cancel-job.ts';
import { requestBackup } from './backups/create-backup.ts';
import { addPostFile } from './network/post-files.ts';
import { type Caller, localActor } from './permit.ts';
import { MOST_JOBS, MOST_STAGES } from './quotas.ts';
import { discardRestore } from './restores/discard-restore.ts';
import { requestStage } from './restores/stage-restore.ts';

const RUIS_SESSION = '00000000-0000-7000-8000-0000000000a2';
const rui = { ...ana, id: RUI, name: 'Rui', sessionId: RUIS_SESSION } satisfies Caller;
const TOO_MANY = { status: 'rejected', reason: { code: 'TOO_MANY' } };

let lab: RestoreLab;
beforeAll(async () => {
  lab = await openRestoreLab();
  await admit(lab.server.pool, rui);
});
afterAll(() => lab[Symbol.asyncDispose]());

const askAtOnce = <T>(times: number, ask: () => Promise<T>) =>
  Promise.allSettled(Array.from({ length: times }, ask));

function passed<T>(asked: PromiseSettledResult<T>[]): T[] {
  const refused = asked.filter(({ status }) => status === 'rejected');
  for (const one of refused) expect(one).toMatchObject(TOO_MANY);
  return asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

describe('one person', () => {
  const askForBackup = async (actor: Caller) => {
    const input = { name: 'n', comment: '', includeFiles: false };
    return requestBackup(lab.server, await lab.may('backup.create', actor), input);
  };

  test('has a few jobs that wait or run, also of those asked for at the same instant', async () => {
    await lab.worker.stop();
    const jobs = passed(await askAtOnce(MOST_JOBS + 5, () => askForBackup(ana)));
    expect(jobs).toHaveLength(MOST_JOBS);
    await expect(askForBackup(ana)).rejects.toMatchObject({
      code: 'TOO_MANY',
      reason: 'tooManyJobs',
      params: { max: MOST_JOBS },
      status: 429,
    });
    const others = [await askForBackup(rui), await askForBackup(localActor('root'))];
    await cancelJob(lab.server, ana, jobs[0]?.id ?? '');
    const again = await askForBackup(ana);
    for (const { id } of [...jobs.slice(1), ...others, again])
      await cancelJob(lab.server, localActor('root'), id);
    lab.startWorker();
  });

  test('has a few restores prepared, also of those asked for at the same instant', async () => {
    const backup = await lab.create('to stage');
    const stage = async (actor: Caller = ana) =>
      requestStage(lab.server, await lab.may('backup.restore', actor), backup.id);
    const begun = passed(await askAtOnce(MOST_STAGES + 3, () => stage()));
    expect(begun).toHaveLength(MOST_STAGES);
    for (const { job } of begun) await lab.worker.ended(job.id);
    await expect(stage()).rejects.toMatchObject({ code: 'TOO_MANY', reason: 'tooManyStages' });
    begun.push(await stage(rui));
    for (const { restore } of begun.splice(0, 1))
      await discardRestore(lab.server, await lab.may('backup.restore'), restore.id);
    begun.push(await stage());
    for (const { restore } of begun)
      await discardRestore(lab.server, await lab.may('backup.restore'), restore.id);
  });
});

describe('files of one person', () => {
  const KEY = `files:user:${ana.id}`;
  const DAY_KB = 10 * 1024 ** 2;
  let postId: string;
  beforeAll(async () => {
    const project = await lab.server.plant.project.findFirstOrThrow();
    const data = { title: 'Files', projectId: project.id };
    postId = (await lab.server.plant.post.create({ data })).id;
  });
  beforeEach(() => lab.server.vault.rateLimit.deleteMany());

  /** As if so many KiB had been added today. */
  const used = (points: number) =>
    lab.server.vault.rateLimit.create({
      data: { key: KEY, points, resetsAt: new Date(Date.now() + 3_600_000) },
    });
  const usedNow = async () =>
    (await lab.server.vault.rateLimit.findUnique({ where: { key: KEY } }))?.points ?? 0;

  interface Sent {
    readonly kb: number;
    readonly announced?: boolean;
    readonly breaks?: boolean;
  }

  async function add({ kb, announced = true, breaks = false }: Sent, read = { pieces: 0 }) {
    const bytes = async function* () {
      for (let n = 0; n < kb; n++) {
        read.pieces += 1;
        yield Buffer.alloc(1024, Math.random() * 256);
      }
      if (breaks) throw new Error('broken off');
    };
    const file = { name: 'f.bin', mediaType: 'image/png', bytes: bytes() };
    const mayEdit = await lab.may('network.edit');
    const known = announced ? { ...file, announcedBytes: kb * 1024 } : file;
    return addPostFile(lab.server, mayEdit, null, postId, known);
  }

  test('count against their day, by what is kept', async () => {
    await add({ kb: 50 });
    await add({ kb: 20, announced: false });
    await expect(add({ kb: 30, breaks: true })).rejects.toThrow('broken off');
    await expect(add({ kb: 30, announced: false, breaks: true })).rejects.toThrow('broken off');
    expect(await usedNow()).toBe(70);
  });

  test('past the day’s are refused before a byte is read, with when to try again', async () => {
    await used(DAY_KB - 100);
    const read = { pieces: 0 };
    await expect(add({ kb: 101 }, read)).rejects.toMatchObject({
      code: 'TOO_MANY',
      reason: 'tooManyFileBytes',
      params: { maxBytes: DAY_KB * 1024, againAt: expect.stringMatching(/^\d{4}-/) },
      retryAfterSeconds: 3600,
    });
    expect(read.pieces).toBe(0);
    await add({ kb: 100 });
    expect(await usedNow()).toBe(DAY_KB);
  });

  test('of an unknown size are refused while they come', async () => {
    await used(DAY_KB - 1);
    await expect(add({ kb: 5, announced: false })).rejects.toMatchObject({ code: 'TOO_MANY' });
    expect(await usedNow()).toBe(DAY_KB - 1);
  });

  test('at the same instant do not pass together', async () => {
    await used(DAY_KB - 100);
    expect(passed(await askAtOnce(4, () => add({ kb: 60 })))).toHaveLength(1);
    expect(await usedNow()).toBe(DAY_KB - 40);
  });
});
