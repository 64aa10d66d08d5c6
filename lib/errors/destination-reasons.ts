import type { None } from './params.ts';

/** Why something failed about a place off the machine, or a recovery from one. */
export interface DestinationReasons {
  backupHasNoFiles: { name: string };
  copyFrozen: { name: string };
  copyIsWanted: { name: string; destination: string };
  destinationBusy: { name: string };
  destinationLost: { name: string };
  destinationOff: { name: string };
  externalDamaged: { name: string };
  externalFailing: { name: string };
  externalOverdue: { name: string };
  externalUnreadable: { name: string; count: number };
  hostKeyDiffers: { place: string; fingerprint: string; expected: string };
  hostKeyUnknown: { place: string; fingerprint: string };
  keyCannotBeInstalled: None;
  kitOfOtherServer: { place: string };
  noBackupInPlace: { place: string };
  nothingPaused: None;
  oneRecoverySource: None;
  otherKeyInEnvironment: None;
  /** It lacks what an operation needs, such as creating a file only where there is none. */
  placeCannot: { place: string; detail: string };
  placeCannotFence: { place: string };
  placeCannotLock: { place: string; detail: string };
  placeCannotRange: { place: string };
  placeClockDiffers: { place: string; seconds: number };
  placeEmptied: { place: string };
  placeFailed: { place: string; detail: string };
  placeFormatNewer: None;
  /** It lies in a class that must be thawed before it can be read. */
  placeFrozen: { place: string };
  placeFull: { place: string };
  placeIsOwnData: { folder: string };
  placeListsLess: { place: string; found: number; put: number };
  placeMissing: { place: string };
  placeObjectAltered: { place: string; object: string };
  placeOfOtherServer: None;
  placeOnSameDisk: { folder: string };
  placeRefused: { place: string; detail: string };
  placeUnreachable: { place: string; detail: string };
  privateDestination: { host: string };
  recoveryBegun: None;
  recoveryRuns: None;
  rehearsalFailed: { name: string; detail: string };
  serverInUse: None;
}
