/**
 * What people type, and how names are compared: the same rules on pages, in the API and on the command line.
 * `#text/looks-same.ts` is only for the server, because its table is larger than what most pages load.
 */
export { asciiFileName, fileNameFor } from './file-name.ts';
export { compareNames, foldName, sameName } from './fold.ts';
export { foldPattern } from './fold-pattern.ts';
export { fits, tidyLine, type WrongText, wrongLine, wrongName } from './tidy.ts';
