/** A failure prints as its message. */
export type ParamValue = string | number | Failure;
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

/** A reason whose text names nothing. */
export type None = Record<never, never>;
