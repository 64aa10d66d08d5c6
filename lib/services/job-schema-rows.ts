import type { Job } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

/**
 * The schema that one claim of a job works in. Its name tells the claim, so housekeeping can drop the schemas of
 * claims that have ended.
 */
export function jobSchema(prefix: string, job: Pick<Job, 'id' | 'fencingToken'>): string {
  const token = job.fencingToken.toString(16).padStart(8, '0');
  return `${prefix}${job.id.replaceAll('-', '')}${token}`;
}

/** Of these schemas of jobs of these kinds, those whose claim has ended. */
export async function abandonedJobSchemas(
  db: VaultTransaction,
  { prefix, kinds }: { readonly prefix: string; readonly kinds: readonly string[] },
  schemas: readonly string[],
): Promise<string[]> {
  if (schemas.length === 0) return [];
  const running = await db.job.findMany({
    where: { kind: { in: [...kinds] }, status: 'RUNNING' },
    select: { id: true, fencingToken: true },
  });
  const claimed = new Set(running.map((job) => jobSchema(prefix, job)));
  return schemas.filter((schema) => !claimed.has(schema));
}
