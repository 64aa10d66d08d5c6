import type { DestinationReasons } from './destination-reasons.ts';
import type { ImportReasons } from './import-reasons.ts';
import type { InstallationReasons } from './installation-reasons.ts';
import type { Failure, None } from './params.ts';
import type { VaultReasons } from './vault-reasons.ts';

/** What a disk lacks: `missingBytes` is what is needed beside the reserve that everybody leaves, and is not free. */
export interface LackOfSpace {
  readonly neededBytes: number;
  readonly reserveBytes: number;
  readonly freeBytes: number;
  readonly missingBytes: number;
}

/**
 * Why something failed, where the code alone says too little, and what its text names.
 * Texts show a param whose name ends in `Bytes` as a size, and one that ends in `At` (RFC 3339) as a moment.
 */
export interface ReasonParams
  extends DestinationReasons,
    ImportReasons,
    InstallationReasons,
    VaultReasons {
  // accounts
  adminVariableMissing: { variable: string };
  administratorsMayEverything: None;
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
  /** No password was given in this session within five minutes. */
  passwordNeeded: None;
  takesEveryAction: { actions: string };
  roleInUse: { people: number; name: string };
  roleLacksAction: { action: string };
  sentByOtherSite: None;
  tooManyAtOnce: { seconds: number };
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
  queryTooLarge: { found: number; max: number };
  queryTooManyAliases: { found: number; max: number };
  queryTooManyFragments: { found: number; max: number };
  queryTooManyObjects: { found: number; max: number };
  requestBrokenOff: None;
  requestInvalid: { detail: string };
  variablesInvalid: { detail: string };
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
  archivePreparing: { seconds: number };
  bytesAfterEnd: { count: number };
  bytesAfterSegment: { segment: number };
  compressedEndsEarly: None;
  compressedOtherwise: None;
  compressedSumDiffers: None;
  downloadAccessEnded: None;
  entryAfterLast: { kind: string; name: string; size: number };
  entryDigestDiffers: { entry: string };
  entryPaddingAltered: None;
  fileCountDiffers: None;
  fileDigestDiffers: None;
  fileLineMalformed: None;
  fileOrderWrong: None;
  fileUnreadable: { file: string };
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
  noRoomForArchive: LackOfSpace;
  noRoomForUpload: LackOfSpace;
  notAServerKey: None;
  notAnAgeFile: None;
  nothingToCheckAgain: None;
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
  tooManyUploads: { max: number };
  uploadBeingChecked: None;
  // backups
  backupBeingDeleted: { name: string };
  backupBeingDownloaded: { name: string };
  backupDamaged: { name: string; first: Failure; others: number };
  backupFormatNewer: None;
  backupInUse: { name: string };
  backupNeedsSpace: LackOfSpace;
  backupPinned: { name: string };
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
  lastTestedBackup: { name: string };
  listMalformed: None;
  manifestDamaged: { fault: 'compression' | 'header' | 'json' | 'length' | 'seal' };
  manifestGone: { object: string };
  manifestInvalid: { detail: string };
  manifestNotReadBack: None;
  manifestOfOtherBackup: { object: string };
  manifestOfOtherServer: None;
  neededPartUnreadable: { backupId: string; name: string; cause: Failure };
  noRoomForBackup: LackOfSpace;
  noRoomForRestoreTest: LackOfSpace;
  objectMissing: { object: string };
  restoreTestUnfinished: { name: string; cause: Failure };
  ropeUnlikeManifest: { table: string };
  rowsChangedWithoutTrace: { tables: string };
  rowsRefused: { detail: string };
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
  unlikePreview: { table: string };
  // health
  automaticBackupFailed: { date: string };
  automaticBackupMissed: { date: string };
  automaticBackupOverdue: { scheduledAt: string };
  automaticBackupTriedAgain: { date: string };
  automaticBackupUntested: { name: string };
  automaticBackupsOff: None;
  betweenBackupFailed: { scheduledAt: string };
  /** `rows`: how many. */
  notAsAnnounced: { rows: number };
  /** `latestAt`: the last of their dates. */
  backupsDatedAhead: { count: number; latestAt: string };
  diskOfPartFull: {
    part: 'backups' | 'database' | 'files' | 'uploads';
    freeBytes: number;
    reserveBytes: number;
  };
  diskFillsUp: { freeBytes: number; days: number };
  diskNearlyFull: { freeBytes: number };
  nextBackupDoesNotFit: LackOfSpace;
  noBackupYet: None;
  reserveReached: LackOfSpace;
  /** `usual…`: the median of the last backups. */
  unusualChanges: { changed: number; removed: number; usualChanged: number; usualRemoved: number };
  // jobs
  jobEnded: None;
  jobTakenOver: { job: string };
  networkHeldByJob: None;
  uploadBeingSent: None;
  tooManyJobs: { max: number };
  tooManyStages: { max: number };
  workerLostEachTime: { attempts: number };
  workerStopping: None;
  workerTakenForDead: None;
  // network
  changedMeanwhile: None;
  migrationDiffers: { migration: string };
  migrationUnknown: { migration: string };
  networkNotEmpty: None;
  plantStateMissing: None;
  restoredWhileReading: None;
  rulesNotRestored: None;
  sampleBeingLoaded: None;
  stillHas: {
    kind: 'project' | 'pole' | 'box';
    name: string;
    poles: number;
    boxes: number;
    cables: number;
    clients: number;
  };
  structureChanging: None;
  tableContentsDiffer: { table: string; rows: number; foundRows: number };
  tablesMadeByHand: { tables: string };
  tablesMissing: { tables: string };
  tablesReplaced: { schema: string };
  tablesUnlikeMigrations: { tables: string };
  tooManyFileBytes: { maxBytes: number; againAt: string };
  writtenWithoutPause: None;
  tooManyExports: { max: number };
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
  mailAddressNotAscii: { server: string; address: string };
  mailAddressRefused: { host: string; port: number };
  mailServerLogin: { server: string; detail: string };
  mailServerRefusesConnection: { server: string };
  mailServerSaid: { server: string; detail: string };
  mailServerTimedOut: { server: string; seconds: number };
  mailServerTls: { server: string; detail: string };
  mailServerUnknown: { server: string };
  mailServerUnreachable: { server: string };
  noEmailSetUp: None;
  noWebhook: None;
  notAMailServer: { server: string };
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
  restoreEnded: None;
  restoreNotApplied: None;
  restoreUndone: None;
  restoredMeanwhile: None;
  safetyBackupRunning: None;
  changedSinceCompare: { changes: number };
  changedSincePreview: None;
  changedSinceBroughtBack: { rows: number };
  changeSetNotApplied: None;
  nobodyChanged: { name: string };
  nothingToBringBack: None;
  tooManyConflicts: { max: number };
  tooManyRows: { max: number };
  stageBeingMade: None;
  undoneMeanwhile: None;
  // the command line
  archiveNotAsPublished: None;
  backupNameNotUnique: { count: number; name: string; ids: string };
  csvHoldsOneKind: None;
  downloadUnfinished: None;
  exportFormatUnknown: { file: string; known: string };
  fileChangedWhileRead: None;
  fileExists: { file: string };
  fileIsFolder: { file: string };
  fileNotReadable: { file: string; detail: string };
  fileNotWritable: { file: string; detail: string };
  limitInvalid: { given: string };
  noBackupNamed: { name: string };
  noProjectNamed: { name: string };
  noUserWithEmail: { email: string };
  noTerminal: None;
  nothingToUndo: None;
  otherNameTyped: None;
  projectNameNotUnique: { name: string };
  serverStarting: None;
  // web
  addressEncodingWrong: None;
  clientWentAway: None;
  etagDiffers: { etag: string };
  fileTooLarge: { maxBytes: number };
  methodNotAllowed: { method: string; allow: string };
  noSuchAddress: None;
  noSuchTile: { zoom: number };
  rangeBehindEnd: { size: number };
  tileMalformed: None;
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
  | 'changeSet'
  | 'client'
  | 'compare'
  | 'destination'
  | 'export'
  | 'file'
  | 'import'
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

/** What to do next, where neither the reason nor the code has the right hint. A text may name the reason's params. */
export type ErrorHint =
  | 'keepAnotherBackup'
  | 'nameDestinationNetwork'
  | 'nearestNights'
  | 'noNightYet'
  | 'seeApiDocs'
  | 'setVariable';
