type None = Record<never, never>;

/**
 * Why something failed, where the code alone says too little, and what its text names.
 * Texts show a param whose name ends in `Bytes` as a size, and one that ends in `At` (RFC 3339) as a moment.
 */
export interface ReasonParams {
  // archives
  ageFileOfNoServer: None;
  ageVersionNewer: None;
  alreadyHere: { name: string };
  archiveEmpty: None;
  archiveEndUnmarked: None;
  archiveEndsBefore: { entry: string };
  archiveEndsWithin: { entry: string };
  archiveGoesOn: None;
  archiveManifestInvalid: { field: string; detail: string };
  archiveManifestNewer: None;
  archiveManifestNotJson: None;
  archiveManifestOfOtherBackup: None;
  archiveManifestReplaced: None;
  archiveManifestRespelled: None;
  archiveManifestTooLong: None;
  bytesAfterEnd: { count: number };
  bytesAfterSegment: { segment: number };
  compressedEndsEarly: None;
  compressedOtherwise: None;
  compressedSumDiffers: None;
  entryAfterLast: { kind: string; name: string; size: number };
  entryDigestDiffers: { entry: string };
  entryPaddingAltered: None;
  fileCountDiffers: None;
  fileDigestDiffers: None;
  fileLineMalformed: None;
  fileOrderWrong: None;
  headDamaged: { name: string; piece: number };
  headDigestDiffers: None;
  headerAltered: None;
  headerMalformed: None;
  headerUnfinished: None;
  heldFilesDiffer: None;
  kitStanzaMalformed: None;
  madeByOtherServer: { theirs: string; ours: string };
  manifestFilesUnexpected: None;
  manifestHoldsMoreFiles: None;
  manifestTableMisplaced: { table: string };
  manifestTableTwice: None;
  manifestTextInvalid: None;
  manifestTimeInvalid: { field: string };
  manifestTooManyFiles: None;
  moreBytesThanAnnounced: { found: number; announced: number };
  notAnAgeFile: None;
  onlyFirstBytes: None;
  otherEntry: { entry: string; entrySize: number; kind: string; name: string; size: number };
  payloadMalformed: None;
  rowCountDiffers: { entry: string; found: number; announced: number };
  rowTooLong: None;
  rowUnfinished: None;
  segmentAltered: { segment: number };
  segmentEmpty: { segment: number };
  segmentNotLast: { segment: number };
  serverStanzaMalformed: None;
  serverStanzaNewer: { version: string };
  shorterThanWritten: { found: number; written: number };
  tableNotAsUploaded: { table: string };
  // any
  causedBy: { detail: string };
  databaseDiskFull: None;
  diskQuotaUsedUp: None;
  // backups
  backupFormatNewer: None;
  backupNeedsSpace: { neededBytes: number; freeBytes: number };
  chunkDamaged: {
    object: string;
    fault: 'bytes' | 'compression' | 'header' | 'length' | 'seal' | 'stored';
  };
  chunkOfOtherServer: { id: string };
  fileBytesDiffer: { sha256: string };
  fileDiffers: { sha256: string; size: number; foundSize: number; foundSha256: string };
  fileListDiffers: {
    files: number;
    size: number;
    sha256: string;
    foundFiles: number;
    foundSize: number;
    foundSha256: string;
  };
  fileListUnlikeManifest: { sha256: string };
  fileNotHere: { sha256: string };
  fileNotInBackup: { sha256: string };
  filesNamedDiffer: { announced: number; found: number };
  filesStoredDiffer: { announced: number; found: number };
  listMalformed: None;
  manifestDamaged: { fault: 'compression' | 'header' | 'json' | 'length' | 'seal' };
  manifestGone: { object: string };
  manifestInvalid: { detail: string };
  manifestNotReadBack: None;
  manifestOfOtherBackup: { object: string };
  manifestOfOtherServer: None;
  objectMissing: { object: string };
  tableDiffers: {
    table: string;
    rows: number;
    size: number;
    sha256: string;
    foundRows: number;
    foundSize: number;
    foundSha256: string;
  };
  tableNotAsMade: { table: string };
  tableNotReadBack: { table: string };
  // jobs
  jobTakenOver: { job: string };
  networkHeldByJob: None;
  uploadBeingSent: None;
  workerStopping: None;
  workerTakenForDead: None;
  // the command line
  archiveNotAsPublished: None;
  backupNameNotUnique: { count: number; name: string; ids: string };
  downloadUnfinished: None;
  fileChangedWhileRead: None;
  fileExists: { file: string };
  fileIsFolder: { file: string };
  fileNotWritable: { file: string; detail: string };
  limitInvalid: { given: string };
  noBackupNamed: { name: string };
  noTerminal: None;
  nothingToUndo: None;
  otherNameTyped: None;
  serverStarting: None;
  // the configuration
  variableInvalid: { variable: string };
  variableNotNetworks: { variable: string };
  variableNotOneOf: { variable: string; words: string };
  variableNotPostgresUrl: { variable: string };
  variableNotTimeOfDay: { variable: string };
  variableNotTimeZone: { variable: string };
  variableNotUrl: { variable: string };
  variableNotWholeNumber: { variable: string; min: number; max: number };
  // the installation
  alreadyRunning: { program: 'server' | 'command-line'; folder: string; pid: number };
  alreadyRunningElsewhere: {
    program: 'server' | 'command-line';
    folder: string;
    pid: number;
    host: string;
  };
  databaseFolderMissing: { folder: string };
  databaseNotUsable: { address: string; detail: string };
  databaseSilent: None;
  databaseSocketNotUsable: { database: string; detail: string };
  databaseThroughPooler: None;
  databaseUserMissing: { user: string };
  encodingNotUtf8: { encoding: string };
  folderIsFile: { folder: string };
  folderNotWritable: { folder: string; detail: string };
  hostNotUsable: { host: string };
  networkHeldElsewhere: None;
  plantStateMissing: None;
  portInUse: { port: number; host: string; otherPort: number };
  portNotAllowed: { port: number };
  postgresNotInstalled: { platform: string; arch: string; package: string };
  postgresNotStarted: { detail: string; log: string };
  postgresOtherMajor: { theirs: string; ours: string };
  postgresTooOld: { major: number };
  programFailed: { program: string; detail: string };
  schemasNotAllowed: { role: string; database: string };
  sharedFolderNotMade: { folder: string };
  stepFailed: { step: string; detail: string; moreLines: number };
  structureNotUpdated: { detail: string };
  // the network
  fileTooLarge: { maxBytes: number };
  migrationDiffers: { migration: string };
  migrationUnknown: { migration: string };
  networkNotEmpty: None;
  rulesNotRestored: None;
  structureChanging: None;
  tableContentsDiffer: { table: string; rows: number; foundRows: number };
  tablesReplaced: { schema: string };
  tablesUnlikeMigrations: { tables: string };
  writtenWithoutPause: None;
}

export type ErrorReason = keyof ReasonParams;

/** What is wrong with one field of an input, and what its text names. */
export interface FieldReasonParams {
  atLeast: { min: number };
  atMost: { max: number };
  controlCharacters: None;
  invalid: None;
  notAColor: None;
  notANumber: None;
  notAPosition: None;
  notAnId: None;
  notOneOf: { words: string };
  onePosition: None;
  range: { min: number; max: number };
  required: None;
  slash: None;
  tooLong: { max: number };
  tooManyPositions: { max: number };
  tooManyTags: { max: number };
  wholeNumber: { min: number; max: number };
}

export type FieldReason = keyof FieldReasonParams;

/** What to do next, where neither the reason nor the code has the right hint. A text may name the reason's params. */
export type ErrorHint = 'keepAnotherBackup' | 'nothingToDo' | 'reloadPage' | 'setVariable';

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
