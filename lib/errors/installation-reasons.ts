import type { None } from './params.ts';

/** Why the server does not start, or cannot be installed as it is configured. */
export interface InstallationReasons {
  // the configuration
  databaseUrlNotSet: None;
  serverKeyMalformed: None;
  variableInvalid: { variable: string };
  variableNotNetworks: { variable: string };
  variableNotOneOf: { variable: string; words: string };
  variableNotPostgresUrl: { variable: string };
  variableNotS3Url: { variable: string };
  variableNotTimeOfDay: { variable: string };
  variableNotTimeZone: { variable: string };
  variableNotUrl: { variable: string };
  variableNotWholeNumber: { variable: string; min: number; max: number };
  // the installation
  stopBeforeRecovery: None;
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
}
