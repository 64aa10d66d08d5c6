import type { Failure } from '#errors';
import { Prisma } from '#generated/vault/client.ts';

/** A failure as a JSON column takes it; null is SQL's NULL. */
export function failureColumn(
  failure: Failure | null,
): Prisma.InputJsonObject | typeof Prisma.DbNull {
  if (failure === null) return Prisma.DbNull;
  return { ...failureDetail(failure), hint: failure.hint };
}

/** What the audit log keeps of a failure. */
export function failureDetail({
  code,
  reason,
  params,
}: Pick<Failure, 'code' | 'reason' | 'params'>): Prisma.InputJsonObject {
  return { code, reason, params: params as Prisma.InputJsonObject };
}
