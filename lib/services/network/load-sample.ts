import { z } from 'zod';
import { copyIn } from '#engine/postgres/copy-in.ts';
import { FiberkeepError } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { countJobs } from '#jobs/job-rows.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { generateSample, type SampleSize, sampleMark } from '#plant/sample/index.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { inTransaction } from '#vault/transaction.ts';
import { writeVault } from '../authority.ts';
import { whileRoom } from '../disk-room.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { elementExists, isPlantEmpty } from './element-rows.ts';

const jobInput = z.strictObject({ size: z.enum(['small', 'city', 'region']) });
type SampleInput = z.infer<typeof jobInput>;

/** Of the smallest sample; larger ones end when they use up the reserve. */
const LEAST_ROOM_BYTES = 32 * 1024 ** 2;

export const loadSampleJob = defineJobKind({
  kind: 'SAMPLE',
  input: jobInput,
  action: 'network.import',
  audit: 'network.load-sample',
  isChore: false,
  target: () => null,
  run: runLoadSample,
});

/** Asks for a job that fills an empty plant with a believable network. Throws CONFLICT where it is not empty. */
export async function requestSample(
  server: Server,
  permit: Permit<'network.import'>,
  size: SampleSize,
): Promise<Job> {
  return writeVault(server, permit, async (tx) => {
    if (!(await isPlantEmpty(server.plant)))
      throw new FiberkeepError('CONFLICT', { reason: 'networkNotEmpty' });
    await refuseSecond(tx);
    await requireJobQuota(tx, permit.actor);
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'network.load-sample.request',
      outcome: 'DONE',
      detail: { size },
    });
    return enqueueJob(tx, loadSampleJob, { input: { size }, requestedBy: permit.actor });
  });
}

async function refuseSecond(tx: VaultTransaction): Promise<void> {
  const running = await countJobs(tx, ['SAMPLE'], ['QUEUED', 'RUNNING']);
  if (running > 0) throw new FiberkeepError('CONFLICT', { reason: 'sampleBeingLoaded' });
}

/** The job: all rows or none. */
export async function runLoadSample(server: Server, run: JobRun<SampleInput>): Promise<void> {
  const { size } = run.input;
  if (!(await loadedBefore(server, run, size))) {
    await server.room.require('database', LEAST_ROOM_BYTES);
    await whileRoom(server.room, run.signal, (signal) => load(server, { ...run, signal }));
  }
  await run.commit({}, async () => {});
}

function load(server: Server, { input, job, report, signal }: JobRun<SampleInput>) {
  return generateSample({
    connect: server.connect,
    copyIn,
    inTransaction,
    schema: 'plant',
    files: server.files,
    size: input.size,
    createdById: job.requestedById,
    report,
    signal,
  });
}

/** Whether a worker loaded everything and died before it could commit the job. */
async function loadedBefore(server: Server, { job }: JobRun, size: SampleSize): Promise<boolean> {
  if (job.attempts < 2) return false;
  return elementExists(server.plant, 'project', sampleMark(size));
}
