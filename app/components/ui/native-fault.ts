import type { FieldProblem } from '#app/data/problem.ts';

/** What the browser found wrong with a control, as a fault that has a text in the person's language. */
export function nativeFault(control: HTMLInputElement): FieldProblem {
  const { validity, type } = control;
  const [min, max] = [boundOf(control.min), boundOf(control.max)];
  const fault = (reason: string, params: FieldProblem['params'] = {}) => ({
    reason,
    params,
    message: control.validationMessage,
  });
  if (validity.badInput) return fault(type === 'number' ? 'notANumber' : 'invalid');
  if (validity.valueMissing) return fault('required');
  if (validity.typeMismatch) return fault(type === 'email' ? 'email' : 'invalid');
  if (validity.tooShort) return fault('tooShort', { min: control.minLength });
  if (validity.tooLong) return fault('tooLong', { max: control.maxLength });
  if (validity.rangeUnderflow || validity.rangeOverflow) {
    if (min !== null && max !== null) return fault('range', { min, max });
    if (min !== null) return fault('atLeast', { min });
    if (max !== null) return fault('atMost', { max });
  }
  if (validity.stepMismatch) return fault('notWholeNumber');
  return fault('invalid');
}

/** A bound of a number; null for none, and for those of dates and times. */
function boundOf(text: string | undefined): number | null {
  return text && Number.isFinite(Number(text)) ? Number(text) : null;
}
