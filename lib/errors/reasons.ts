type None = Record<never, never>;

/**
 * Why something failed, where the code alone says too little, and what its text names.
 * Texts show a param whose name ends in `Bytes` as a size, and one that ends in `At` (RFC 3339) as a moment.
 */
export interface ReasonParams {
  // accounts
  administratorsMayEverything: None;
  adminVariableMissing: { variable: string };
  builtInRoleKeepsName: None;
  builtInRoleStays: None;
  keyExpired: None;
  keyInAddress: None;
  keyLacksAction: { action: string };
  keyOwnerGone: None;
  keyRevoked: None;
  keyUsedTooOften: { seconds: number };
  kitNeedsPassword: None;
  kitNotShownYet: None;
  lastAdministrator: { role: string };
  mayDoMoreThanYou: { kind: 'apiKey' | 'role' | 'user'; name: string; actions: string };
  noSuchKey: None;
  notForKeys: None;
  roleInUse: { people: number; name: string };
  roleLacksAction: { action: string };
  sentByOtherSite: None;
  tooManyTries: { seconds: number };
  tooManyWrongKeys: { seconds: number };
  // any
  causedBy: { detail: string };
  databaseDiskFull: None;
  diskQuotaUsedUp: None;
  /** A fault of ours: nothing of it goes out but the reference under which the log has it. */
  loggedUnder: { reference: string };
  notFound: { kind: Kind };
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
  // archives
  alreadyHere: { name: string };
  archivePreparing: { seconds: number };
  downloadAccessEnded: None;
  fileUnreadable: { file: string };
  madeByOtherServer: { theirs: string; ours: string };
  noRoomForArchive: { neededBytes: number; freeBytes: number };
  noRoomForUpload: { neededBytes: number; freeBytes: number };
  notAServerKey: None;
  nothingToCheckAgain: None;
  tooManyUploads: { max: number };
  uploadBeingChecked: None;
  // backups
  backupBeingDeleted: { name: string };
  backupBeingDownloaded: { name: string };
  backupDamaged: { name: string; first: Failure; others: number };
  backupInUse: { name: string };
  backupPinned: { name: string };
  lastTestedBackup: { name: string };
  neededPartUnreadable: { backupId: string; name: string; cause: Failure };
  noRoomForBackup: { neededBytes: number; reserveBytes: number; freeBytes: number };
  noRoomForRestoreTest: { neededBytes: number; freeBytes: number };
  restoreTestUnfinished: { name: string; cause: Failure };
  rowsRefused: { detail: string };
  // health
  automaticBackupFailed: { date: string };
  automaticBackupMissed: { date: string };
  automaticBackupOverdue: { scheduledAt: string };
  automaticBackupsOff: None;
  automaticBackupTriedAgain: { date: string };
  automaticBackupUntested: { name: string };
  diskFillsUp: { freeBytes: number; days: number };
  diskNearlyFull: { freeBytes: number };
  nextBackupDoesNotFit: { freeBytes: number };
  noBackupYet: None;
  // jobs
  jobEnded: None;
  workerLostEachTime: { attempts: number };
  // network
  changedMeanwhile: None;
  networkNotEmpty: None;
  plantStateMissing: None;
  restoredWhileReading: None;
  sampleBeingLoaded: None;
  stillHas: {
    kind: 'project' | 'pole' | 'box';
    name: string;
    poles: number;
    boxes: number;
    cables: number;
    clients: number;
  };
  // nights
  nightBackupCancelled: None;
  nightBackupRemoved: { date: string; nearest: string };
  nightBackupRemovedBy: { date: string; removedOn: string; name: string; nearest: string };
  nightBackupRemovedByRetention: { date: string; removedOn: string; nearest: string };
  nightBeingMade: { date: string; seconds: number };
  nightFailed: { date: string; cause: Failure; nearest: string };
  nightMissed: { date: string; nearest: string };
  nightTriedAgain: { date: string; nextAttemptAt: string; cause: Failure };
  noAutomaticBackup: { nearest: string };
  noAutomaticBackupOf: { asked: string; nearest: string };
  notANight: { asked: string };
  // notifications
  emailWasRemoved: None;
  mailServerSaid: { server: string; detail: string };
  noEmailSetUp: None;
  noWebhook: None;
  privateAddress: { host: string };
  secretOfOtherKey: None;
  tooManyWebhooks: { max: number };
  webhookRedirected: { host: string; status: number };
  webhookRefused: { host: string; status: number };
  webhookTimedOut: { host: string; seconds: number };
  webhookUnreachable: { host: string; detail: string };
  webhookWasRemoved: None;
  // restores
  keptNetworkOutdated: None;
  lostDuringSwap: None;
  newerRestoreApplied: None;
  restoreApplied: None;
  restoredMeanwhile: None;
  restoreEnded: None;
  restoreNotApplied: None;
  restoreUndone: None;
  safetyBackupRunning: None;
  stageBeingMade: None;
  undoneMeanwhile: None;
  // server
  databaseUrlNotSet: None;
  serverKeyMalformed: None;
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

/** What can be missing. */
export type Kind =
  | 'apiKey'
  | 'backup'
  | 'box'
  | 'cable'
  | 'client'
  | 'destination'
  | 'file'
  | 'job'
  | 'night'
  | 'notification'
  | 'pole'
  | 'post'
  | 'project'
  | 'restore'
  | 'role'
  | 'session'
  | 'tag'
  | 'upload'
  | 'user'
  | 'webhook';

export type ErrorReason = keyof ReasonParams;

/** What is wrong with one field of an input, and what its text names. */
export interface FieldReasonParams {
  archiveSize: None;
  atLeast: { min: number };
  backupNameDiffers: None;
  contentTypeMustBe: { type: string };
  controlCharacters: None;
  date: None;
  email: None;
  emailTaken: None;
  fileNameRequired: None;
  future: None;
  hostName: None;
  kitPartDiffers: { groups: string };
  noActions: None;
  noRecipients: None;
  notThere: None;
  notWholeNumber: None;
  passwordIsEmail: None;
  passwordNeededAgain: None;
  passwordNeedsEncryption: None;
  passwordNeedsUser: None;
  privateNetwork: None;
  range: { min: number; max: number };
  required: None;
  roleNameTaken: None;
  samePassword: None;
  slash: None;
  tagNameTaken: None;
  tagNotThere: None;
  timeOfDay: None;
  timeZone: None;
  tooLong: { max: number };
  tooManyAddresses: { max: number };
  tooShort: { min: number };
  unknownAction: { name: string };
  unknownCursor: None;
  unknownEvent: { name: string };
  unknownLocale: { known: string };
  uploadLengthRequired: None;
  uploadMetadataMalformed: None;
  uploadOffsetRequired: None;
  url: None;
  urlHasPassword: None;
  webhookSecret: { prefix: string; min: number; max: number };
  wholeNumber: { min: number; max: number };
  wrongPassword: None;
}

export type FieldReason = keyof FieldReasonParams;

/** What to do next, where neither the reason nor the code has the right hint. A text may name the reason's params. */
export type ErrorHint =
  | 'nearestNights'
  | 'noNightYet'
  | 'nothingToDo'
  | 'reloadPage'
  | 'seeApiDocs';

/** A failure prints as its message. */
export type ParamValue = string | number | Failure;
export type Params = Readonly<Record<string, ParamValue>>;

/** `{ reason, params }` of one reason; without `params` where its text names nothing. */
export type WithParams<All, R extends keyof All = keyof All> = {
  [One in R]: keyof All[One] extends never
    ? { readonly reason: One; readonly params?: undefined }
    : { readonly reason: One; readonly params: Readonly<All[One]> };
}[R];

/** What is wrong with a field, whichever it is. */
export type FieldFault = WithParams<FieldReasonParams>;

/** A failure as jobs, nights, uploads and messages keep it: JSON, without any text. `errorText` says it. */
export interface Failure {
  readonly code: string;
  readonly reason: string | null;
  readonly params: Params;
  /** Where it is not what the reason or code says. */
  readonly hint: string | null;
}
