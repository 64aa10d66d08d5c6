import type { None, WithParams } from './params.ts';

/** What is wrong with one field of an input, and what its text names. */
export interface FieldReasonParams {
  archiveSize: None;
  atLeast: { min: number };
  atMost: { max: number };
  backupNameDiffers: None;
  contentTypeMustBe: { type: string };
  controlCharacters: None;
  date: None;
  email: None;
  emailTaken: None;
  externalIdTaken: None;
  fileNameRequired: None;
  future: None;
  hostName: None;
  invalid: None;
  kitPartDiffers: { groups: string };
  mailPort: { ports: string };
  noActions: None;
  noRecipients: None;
  notAColor: None;
  notANumber: None;
  notAPosition: None;
  notAnId: None;
  notOneOf: { words: string };
  notThere: None;
  notWholeNumber: None;
  onePosition: None;
  passwordIsEmail: None;
  passwordNeededAgain: None;
  passwordNeedsEncryption: None;
  passwordNeedsUser: None;
  privateNetwork: None;
  range: { min: number; max: number };
  required: None;
  roleNameLooksLike: { name: string };
  roleNameTaken: None;
  samePassword: None;
  severalHaveName: None;
  slash: None;
  tagNameTaken: None;
  tagNotThere: None;
  timeOfDay: None;
  timeZone: None;
  tooLong: { max: number };
  tooMany: { max: number };
  tooManyAddresses: { max: number };
  tooManyPositions: { max: number };
  tooManyTags: { max: number };
  tooShort: { min: number };
  unknownAction: { name: string };
  unknownCursor: None;
  unknownEvent: { name: string };
  unknownLocale: { known: string };
  bothTimes: None;
  currency: None;
  destinationNameTaken: None;
  destinationUrl: None;
  hostKey: None;
  keyOrProfile: None;
  lockNeedsS3: None;
  storageClassNeedsS3: None;
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

/** What is wrong with a field, whichever it is. */
export type FieldFault = WithParams<FieldReasonParams>;
