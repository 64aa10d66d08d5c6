import { type ErrorCode, errorStatus } from './codes.ts';
import type { FieldReasonParams } from './field-reasons.ts';
import type { Locale } from './locale.ts';
import type { Params, WithParams } from './params.ts';
import type { ErrorHint, ErrorReason, ReasonParams } from './reasons.ts';
import { systemCauseOf } from './system-causes.ts';
import { errorText, fieldText } from './text.ts';

/** One wrong field of an input: `path` as the client named it. */
export type FieldError = { readonly path: string } & WithParams<FieldReasonParams>;

interface CommonDetails {
  readonly hint?: ErrorHint;
  readonly cause?: unknown;
  readonly fields?: readonly FieldError[];
  /** When to try again, where that is known. */
  readonly retryAfterSeconds?: number;
  /** More members of the answer, for programs (RFC 9457 section 3.2). */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The code alone, or a reason with all that its text names. */
export type ErrorDetails = CommonDetails &
  (WithParams<ReasonParams> | { readonly reason?: undefined; readonly params?: undefined });

/**
 * The one error class: what failed as data. Texts for people are made from it where they are shown
 * (`errorText`); `message` is the English one, for logs.
 */
export class FiberkeepError extends Error {
  readonly code: ErrorCode;
  readonly reason: ErrorReason | null;
  readonly params: Params;
  /** What to do next, where it is not what the reason or code says. */
  readonly hint: ErrorHint | null;
  readonly fields: readonly FieldError[];
  readonly retryAfterSeconds: number | null;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super('', details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'FiberkeepError';
    this.code = code;
    this.reason = details.reason ?? null;
    this.params = details.params ?? {};
    this.hint = details.hint ?? null;
    this.fields = details.fields ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.extra = details.extra ?? {};
    this.message = messageOf(this);
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

/** What an error says where no form marks its fields: their texts, each after its path. */
export function messageOf(error: FiberkeepError, locale: Locale = 'en', timeZone = 'UTC'): string {
  const { reason, fields } = error;
  if (reason !== null || fields.length === 0) return errorText(error, locale, timeZone).message;
  return fields.map((field) => `${field.path}: ${fieldText(field, locale, timeZone)}`).join(' ');
}

/** An input that was refused, field by field. */
export function validationError(fields: readonly FieldError[]): FiberkeepError {
  return new FiberkeepError('VALIDATION_FAILED', { fields });
}

/** Any thrown value as a FiberkeepError; what is not known becomes INTERNAL with the original as cause. */
export function asFiberkeepError(thrown: unknown): FiberkeepError {
  if (isFiberkeepError(thrown)) return thrown;
  const known = systemCauseOf(thrown);
  if (known) return new FiberkeepError(known.code, { ...known.details, cause: thrown });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new FiberkeepError('INTERNAL', { reason: 'causedBy', params: { detail }, cause: thrown });
}

/** By name, not by class: a process that bundles its pages holds this module twice. */
export function isFiberkeepError(thrown: unknown): thrown is FiberkeepError {
  if (thrown instanceof FiberkeepError) return true;
  return thrown instanceof Error && thrown.name === 'FiberkeepError' && 'code' in thrown;
}
