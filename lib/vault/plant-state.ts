import type pg from 'pg';
import { FiberkeepError } from '#errors';
import type { SqlRunner, VaultTransaction } from './client.ts';

/**
 * The row `vault.plant_state`, through which create, migrations, apply and undo exclude one another. A hold
 * belongs to a running job and ends with the job's lease: nobody has to clean up after a dead worker.
 */

/** The job that holds the plant now. */
export interface PlantHolder {
  readonly jobId: string;
  readonly kind: string;
}

/**
 * Takes the plant for a running job, for as long as it keeps its lease and until it ends. Taking it again
 * is fine. Throws PLANT_BUSY while another running job holds it, and where the job does not run.
 */
export async function holdPlant(db: VaultTransaction, jobId: string): Promise<void> {
  const taken = await db.$executeRaw`
    UPDATE vault.plant_state s SET holder_job_id = ${jobId}::uuid
     WHERE EXISTS (SELECT 1 FROM vault.job j
                    WHERE j.id = ${jobId}::uuid AND j.status = 'RUNNING' AND j.lease_until > now())
       AND (s.holder_job_id = ${jobId}::uuid OR NOT EXISTS (
             SELECT 1 FROM vault.job j
              WHERE j.id = s.holder_job_id AND j.status = 'RUNNING' AND j.lease_until > now()))`;
  if (taken === 0) throw new FiberkeepError('PLANT_BUSY', { reason: 'networkHeldByJob' });
}

/** Gives the plant back before the job ends. */
export async function releasePlant(db: SqlRunner, jobId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE vault.plant_state SET holder_job_id = NULL WHERE holder_job_id = ${jobId}::uuid`;
}

/** The plant's epoch, which every swap raises. */
export async function plantEpoch(db: SqlRunner): Promise<bigint> {
  const [state] = await db.$queryRaw<{ epoch: bigint }[]>`SELECT epoch FROM vault.plant_state`;
  if (!state) throw new FiberkeepError('DATABASE_UNSUITABLE', { reason: 'plantStateMissing' });
  return state.epoch;
}

/**
 * Locks the row until the transaction ends, so that no job can take the plant and no second swap begins.
 * Answers the epoch and the job that holds the plant. On a plain connection, inside a transaction.
 */
export async function lockPlantState(
  client: pg.ClientBase,
): Promise<{ epoch: bigint; holder: PlantHolder | null }> {
  const state = await client.query<{ epoch: string; holder: string | null }>(
    'SELECT epoch, holder_job_id AS holder FROM vault.plant_state WHERE id = 1 FOR UPDATE',
  );
  const row = state.rows[0];
  if (!row) throw new FiberkeepError('DATABASE_UNSUITABLE', { reason: 'plantStateMissing' });
  const jobs = await client.query<PlantHolder>(
    `SELECT id AS "jobId", kind FROM vault.job
      WHERE id = $1 AND status = 'RUNNING' AND lease_until > now()`,
    [row.holder],
  );
  return { epoch: BigInt(row.epoch), holder: jobs.rows[0] ?? null };
}

/** The id of the job that makes a backup of the plant now; null where none does. */
export async function runningCreate(db: SqlRunner): Promise<string | null> {
  const jobs = await db.$queryRaw<{ id: string }[]>`
    SELECT j.id FROM vault.plant_state s JOIN vault.job j ON j.id = s.holder_job_id
     WHERE j.kind IN ('CREATE_BACKUP', 'COMPARE') AND j.status = 'RUNNING'`;
  return jobs[0]?.id ?? null;
}

/** Keeps swaps from renaming schemas until the transaction ends. */
export async function holdOffSwaps(db: SqlRunner): Promise<void> {
  await db.$executeRaw`SELECT FROM vault.plant_state FOR SHARE`;
}

/** Marks a swap: everything read before it is from another plant. */
export async function raiseEpoch(client: pg.ClientBase): Promise<void> {
  await client.query('UPDATE vault.plant_state SET epoch = epoch + 1 WHERE id = 1');
}
