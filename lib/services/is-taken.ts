/** Whether a unique value was taken already (Prisma P2002). */
export function isTaken(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | null)?.code === 'P2002';
}
