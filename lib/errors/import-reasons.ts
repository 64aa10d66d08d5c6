import type { None } from './params.ts';

/** Why a file cannot be brought into the network. `place`: its line, else the number of its feature. */
export interface ImportReasons {
  fileFeatureTooLarge: { place: number };
  fileFormatUnknown: None;
  fileHasDoctype: None;
  fileInflatesTooMuch: None;
  fileIsDrawing: None;
  fileIsEmpty: None;
  fileMalformed: None;
  fileMalformedAt: { place: number };
  fileTooManyColumns: { max: number };
  fileTooManyFeatures: { max: number };
  fileTooManyGroups: { max: number };
  importBusy: None;
  importHasWrongRows: { rows: number };
  importNotReady: None;
  nothingToImport: None;
}
