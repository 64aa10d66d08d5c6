import type { Report } from '#engine/ports.ts';
import type { Job } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

/** What a running job is handed: itself, its fencing token, and the only way to commit. */
export interface JobRun {
  readonly job: Job;
  /** Aborts on cancel, on shutdown, and when the lease is lost. */
  readonly signal: AbortSignal;
  readonly report: Report;
  /**
   * Runs `work` in one transaction that also marks the job SUCCEEDED with `result`; throws LEASE_LOST and
   * changes nothing where another worker has claimed the job since.
   */
  commit(
    result: Record<string, string>,
    work: (tx: VaultTransaction) => Promise<void>,
  ): Promise<void>;
}
