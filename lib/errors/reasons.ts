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
  /** A fault of ours: nothing of it goes out but the reference under which the log has it. */
  loggedUnder: { reference: string };
  // API
  bodyNotJson: None;
  bodyTooLarge: { maxBytes: number };
  introspectionOff: None;
  onlySubscriptions: None;
  plantEpochInvalid: None;
  queryInvalid: { detail: string };
  queryTooDeep: { found: number; max: number };
  queryTooManyAliases: { found: number; max: number };
  queryTooManyObjects: { found: number; max: number };
  requestBrokenOff: None;
  requestInvalid: { detail: string };
  variablesInvalid: { detail: string };
  // web
  addressEncodingWrong: None;
  checksumAlgorithmUnknown: { algorithms: string };
  checksumWrong: { offset: number };
  clientWentAway: None;
  etagDiffers: { etag: string };
  fileTooLarge: { maxBytes: number };
  methodNotAllowed: { method: string; allow: string };
  noFile: None;
  noSuchAddress: None;
  rangeBehindEnd: { size: number };
  tusRefused: { detail: string };
  uploadBrokenOff: None;
  uploadOffsetWrong: None;
}

export type ErrorReason = keyof ReasonParams;

/** What is wrong with one field of an input, and what its text names. */
export interface FieldReasonParams {
  contentTypeMustBe: { type: string };
  fileNameRequired: None;
  notWholeNumber: None;
  required: None;
  tooLong: { max: number };
  uploadLengthRequired: None;
  uploadMetadataMalformed: None;
  uploadOffsetRequired: None;
}

export type FieldReason = keyof FieldReasonParams;

/** What to do next, where neither the reason nor the code has the right hint. A text may name the reason's params. */
export type ErrorHint = 'nothingToDo' | 'reloadPage' | 'seeApiDocs';

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
