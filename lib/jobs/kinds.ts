import type { Report } from '#engine/ports.ts';
import type { Failure } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import type { AuditTarget } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';

/** Reads what a job is told; a Zod schema is one. */
interface InputSchema<Input> {
  /** Throws where `value` is something else. */
  parse(value: unknown): Input;
  safeParse(value: unknown): { readonly data?: Input };
}

/** What a running job is handed: itself, its input, and the only way to commit. */
export interface JobRun<Input = unknown> {
  readonly job: Job;
  readonly input: Input;
  /** Aborts on cancel, on shutdown, and when the lease is lost. */
  readonly signal: AbortSignal;
  readonly report: Report;
  /**
   * Runs `work` in one transaction that also marks the job SUCCEEDED with `result`. Throws LEASE_LOST,
   * changing nothing, where another worker has claimed the job since.
   */
  commit(
    result: Record<string, string>,
    work: (tx: VaultTransaction) => Promise<void>,
  ): Promise<void>;
}

/** Thrown by a run that shall go on later: the job is queued until then, and the attempt does not count. */
export class Postponed extends Error {
  readonly until: Date;

  constructor(until: Date) {
    super(`postponed until ${until.toISOString()}`);
    this.until = until;
  }
}

/** How a job ended that did not succeed. */
export type JobOutcome =
  | { readonly status: 'FAILED'; readonly failure: Failure }
  | { readonly status: 'CANCELLED' };

/**
 * Everything about one kind of job: enqueueing, running, cancelling, ending and auditing read it here.
 * `Context` is what a worker hands to every run.
 */
export interface JobKind<
  Input = unknown,
  Context = unknown,
  Action extends string = string,
  Name extends string = string,
> {
  /** As in the column `job.kind`. */
  readonly kind: Name;
  /** Checked when the job is asked for and again when a worker reads it. */
  readonly input: InputSchema<Input>;
  /** What a person must be allowed to do to ask for it, and to cancel it. */
  readonly action: Action;
  /** What the audit log calls it. */
  readonly audit: string;
  /** One of the server's own chores: the audit log tells of it only when it fails. */
  readonly isChore: boolean;
  /** How many of them a worker runs at a time; 1 where it is left out. */
  readonly atOnce?: number;
  /** Of jobs with one lane, whatever their kinds, one runs at a time, and the others wait in the queue. */
  lane?(input: Input): string;
  /** What the job works on, for the audit log. */
  target(input: Input): AuditTarget | null;
  /** Does the work and commits it by `run.commit`; throws what went wrong. Stops when `run.signal` aborts. */
  run(context: Context, run: JobRun<Input>): Promise<void>;
  /** What follows from an end without success, in the transaction that writes it. */
  onEnd?(tx: VaultTransaction, ended: EndedJob<Input>): Promise<void>;
}

export interface EndedJob<Input> {
  readonly job: Job;
  readonly input: Input;
  readonly outcome: JobOutcome;
}

/** Checks a definition and keeps its types: `input` says what the others take. */
export function defineJobKind<
  Input,
  Context,
  const Action extends string,
  const Name extends string,
>(
  definition: JobKind<NoInfer<Input>, Context, Action, Name> & {
    readonly input: InputSchema<Input>;
  },
): JobKind<Input, Context, Action, Name> {
  return definition;
}

/**
 * The input of a job of this kind. Null for a job of another kind, and for a row that holds something else:
 * the end of such a job must be written too.
 */
export function inputOf<Input>(
  { kind, input }: Pick<JobKind<Input>, 'kind' | 'input'>,
  job: Pick<Job, 'kind' | 'input'>,
): Input | null {
  return job.kind === kind ? (input.safeParse(job.input).data ?? null) : null;
}

/** What the job works on; null where there is nothing to name, or its row cannot be read. */
export function targetOf<Input>(
  kind: Pick<JobKind<Input>, 'kind' | 'input' | 'target'>,
  job: Pick<Job, 'kind' | 'input'>,
): AuditTarget | null {
  const input = inputOf(kind, job);
  return input === null ? null : kind.target(input);
}
