import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { publish, publishSql } from '#events/channel.ts';
import type { Job } from '#generated/vault/client.ts';
import { type Actor, authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type JobInput, type JobKind, jobInputs } from './inputs.ts';

export interface JobRequest<K extends JobKind> {
  readonly kind: K;
  readonly input: JobInput<K>;
  readonly requestedBy: Actor;
}

/** Queues a job; workers wake when the transaction commits. */
export async function enqueueJob<K extends JobKind>(
  db: VaultTransaction,
  request: JobRequest<K>,
): Promise<Job> {
  const job = await db.job.create({
    data: {
      id: uuidv7(),
      kind: request.kind,
      input: jobInputs[request.kind].parse(request.input),
      ...authorColumns('requestedBy', request.requestedBy),
      requestedFrom: request.requestedBy.address,
      apiKeyId: request.requestedBy.apiKey?.id,
      apiKeyName: request.requestedBy.apiKey?.name,
    },
  });
  await publish(db, { kind: 'JOBS_CHANGED', id: job.id });
  return job;
}

/** `enqueueJob` for a transaction on a plain connection; answers the job's id. */
export async function enqueueJobSql<K extends JobKind>(
  client: pg.ClientBase,
  request: JobRequest<K>,
): Promise<string> {
  const id = uuidv7();
  const { requestedBy } = request;
  await client.query(
    `INSERT INTO vault.job (id, kind, input, requested_by_kind, requested_by_id, requested_by_name, requested_from)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      request.kind,
      JSON.stringify(jobInputs[request.kind].parse(request.input)),
      requestedBy.kind,
      requestedBy.id,
      requestedBy.name,
      requestedBy.address,
    ],
  );
  await publishSql(client, { kind: 'JOBS_CHANGED', id });
  return id;
}

/** Asks a running job to end; false where it does not run. */
export async function requestJobCancel(tx: VaultTransaction, id: string): Promise<boolean> {
  const asked = await tx.job.updateMany({
    where: { id, status: 'RUNNING' },
    data: { cancelRequestedAt: new Date() },
  });
  if (asked.count > 0) await publish(tx, { kind: 'JOBS_CHANGED', id });
  return asked.count > 0;
}
