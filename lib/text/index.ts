/** What people type, and what names look like: the same rules on pages, in the API and on the command line. */
export { asciiFileName, fileNameFor } from './file-name.ts';
export { compareNames, foldName, sameName } from './fold.ts';
export { foldPattern } from './fold-pattern.ts';
export { looksSame } from './looks-same.ts';
export { fits, tidyLine, type WrongText, wrongLine, wrongName } from './tidy.ts';
