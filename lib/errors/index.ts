export { type ErrorCode, errorStatus } from './codes.ts';
export { errorOf, failureOf, storedFailure } from './failure.ts';
export {
  asFiberkeepError,
  type ErrorDetails,
  FiberkeepError,
  type FieldError,
  isFiberkeepError,
  messageOf,
  validationError,
} from './fiberkeep-error.ts';
export type { FieldFault, FieldReason } from './field-reasons.ts';
export { isLocale, type Locale, localeNames, locales, negotiateLocale } from './locale.ts';
export { notFound } from './not-found.ts';
export type { Failure, Params } from './params.ts';
export type { ErrorHint, ErrorReason, Kind, LackOfSpace } from './reasons.ts';
export { errorText, errorTexts, fieldText, filledText } from './text.ts';
export { type ErrorText, type ErrorTexts, sizeText } from './text-in.ts';
