import { z } from 'zod';
import { FiberkeepError, notFound, validationError } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { exchangeKinds } from '#plant/exchange/columns.ts';
import { type Matching, matchableFields } from '#plant/exchange/matching.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { beginWork, endWork, type Import, lockImport, shapeOf } from './import-rows.ts';
import { type ReadInput, readInput, runReadImport } from './read-import.ts';

export const readImportJob = defineJobKind({
  kind: 'READ_IMPORT',
  input: readInput,
  action: 'network.import',
  audit: 'network.read-import',
  // Nothing of the network changes: who imports is written down when it is applied.
  isChore: true,
  target: ({ importId, fileName }) => ({ kind: 'import', id: importId, name: fileName }),
  run: runReadImport,
  onEnd: (tx: VaultTransaction, { input }: EndedJob<ReadInput>) => endWork(tx, input.importId),
});

export interface ImportRequested {
  readonly job: Job;
  readonly import: Import;
}

const importInput = z.object({
  fileId: z.string(),
  kind: z.enum(exchangeKinds).nullish(),
  project: z.string().trim().max(200).nullish(),
});

/**
 * Asks for a received file to be read and matched with the network, and answers the job at once. `kind`, `project`: what
 * its elements are, and to which project they belong, whatever the file says. Throws NOT_FOUND and TOO_MANY.
 */
export async function requestImport(
  server: Server,
  permit: Permit<'network.import'>,
  input: z.input<typeof importInput>,
): Promise<ImportRequested> {
  const { fileId, kind, project } = importInput.parse(input);
  return work(server, permit, fileId, ['RECEIVED', 'FAILED'], () => ({
    kind: kind ?? null,
    project: project || null,
    matching: null,
  }));
}

const word = z.string().max(2_000);
const matchingInput = z.strictObject({
  kindColumn: word.nullable(),
  columns: z.record(word, z.enum(matchableFields as [string, ...string[]])),
  groups: z.array(
    z.strictObject({
      name: word,
      shape: z.enum(['POINT', 'LINE', 'NONE']),
      kind: z.enum(exchangeKinds).nullable(),
      type: word.nullable(),
      project: word.nullable(),
    }),
  ),
  swapped: z.boolean(),
}) satisfies z.ZodType<Matching>;

/** Asks for the rows to be matched anew, as a person says. Throws NOT_FOUND, VALIDATION_FAILED, CONFLICT and TOO_MANY. */
export async function requestMatching(
  server: Server,
  permit: Permit<'network.import'>,
  id: string,
  matching: unknown,
): Promise<ImportRequested> {
  const read = matchingInput.safeParse(matching);
  if (!read.success) throw validationError([{ path: 'matching', reason: 'invalid' }]);
  return work(server, permit, id, ['READY'], () => ({
    kind: null,
    project: null,
    matching: read.data,
  }));
}

async function work(
  server: Server,
  permit: Permit<'network.import'>,
  id: string,
  from: readonly string[],
  inputOf: () => Pick<ReadInput, 'kind' | 'project' | 'matching'>,
): Promise<ImportRequested> {
  return writeVault(server, permit, async (tx) => {
    const found = await lockImport(tx, id);
    if (!found) throw notFound('import');
    if (!from.includes(found.status) || (found.status === 'FAILED' && shapeOf(found)))
      throw new FiberkeepError('CONFLICT', { reason: 'importBusy' });
    await requireJobQuota(tx, permit.actor);
    const input = { importId: id, fileName: found.fileName, ...inputOf() };
    const job = await enqueueJob(tx, readImportJob, { input, requestedBy: permit.actor });
    return { job, import: await beginWork(tx, id, 'READING', job.id) };
  });
}
