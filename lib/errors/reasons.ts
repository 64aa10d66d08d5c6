type None = Record<never, never>;

/**
 * Why something failed, where the code alone says too little, and what its text names.
 * Texts show a param whose name ends in `Bytes` as a size, and one that ends in `At` (RFC 3339) as a moment.
 */
export interface ReasonParams {
  // archives
  alreadyHere: { name: string };
  madeByOtherServer: { theirs: string; ours: string };
  // any
  causedBy: { detail: string };
  databaseDiskFull: None;
  diskQuotaUsedUp: None;
}

export type ErrorReason = keyof ReasonParams;

/** What is wrong with one field of an input, and what its text names. */
export interface FieldReasonParams {
  required: None;
  tooLong: { max: number };
}

export type FieldReason = keyof FieldReasonParams;

/** What to do next, where neither the reason nor the code has the right hint. A text may name the reason's params. */
export type ErrorHint = 'nothingToDo' | 'reloadPage';

export type ParamValue = string | number;
export type Params = Readonly<Record<string, ParamValue>>;

/** `{ reason, params }` of one reason; without `params` where its text names nothing. */
export type WithParams<All, R extends keyof All = keyof All> = {
  [One in R]: keyof All[One] extends never
    ? { readonly reason: One; readonly params?: undefined }
    : { readonly reason: One; readonly params: Readonly<All[One]> };
}[R];

/** A failure as jobs, nights, uploads and messages keep it: JSON, without any text. `errorText` says it. */
export interface Failure {
  readonly code: string;
  readonly reason: string | null;
  readonly params: Params;
  /** Where it is not what the reason or code says. */
  readonly hint: string | null;
}
