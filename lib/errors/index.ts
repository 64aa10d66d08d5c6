export { type ErrorCode, errorStatus } from './codes.ts';
export { errorOf, failureOf, storedFailure } from './failure.ts';
// LEGACY until every site is converted.
export {
  asFiberkeepError,
  asFiberkeepError as asRewindError,
  type ErrorDetails,
  FiberkeepError,
  FiberkeepError as RewindError,
  type FieldError,
  isFiberkeepError,
  isFiberkeepError as isRewindError,
  messageOf,
  validationError,
} from './fiberkeep-error.ts';
export { isLocale, type Locale, localeNames, locales, negotiateLocale } from './locale.ts';
export { notFound } from './not-found.ts';
export type {
  ErrorHint,
  ErrorReason,
  Failure,
  FieldFault,
  FieldReason,
  Kind,
  Params,
} from './reasons.ts';
export { errorText, errorTexts, fieldText, filledText } from './text.ts';
export { type ErrorText, type ErrorTexts, sizeText } from './text-in.ts';
