'use client';

import { type ReactNode, useId, useState } from 'react';
import type { FieldProblem } from '#app/data/problem.ts';
import { useFieldText } from '#app/data/use-field-text.ts';
import { nativeFault } from './native-fault.ts';

interface Control {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: string;
  hint?: string;
  error?: FieldProblem | null;
  optional?: string;
  /** For screen readers only: what is in the control says enough. */
  hiddenLabel?: boolean;
  children: (control: Control) => ReactNode;
}

/**
 * A labelled control with its hint and its error, tied together for screen readers. What the browser refuses
 * is said here too, in the person's language, until the control changes.
 */
export function Field({
  label,
  hint,
  error: refused,
  optional,
  hiddenLabel,
  children,
}: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const textOf = useFieldText();
  const [fault, setFault] = useState<FieldProblem | null>(null);
  const error = fault ?? refused;
  const note = error ? textOf(error) : hint;
  return (
    <div
      className="grid min-w-0 content-start gap-1.5"
      onInvalidCapture={(event) => {
        event.preventDefault();
        const control = event.target as HTMLInputElement;
        setFault(nativeFault(control));
        focusIfFirst(control);
      }}
      onChangeCapture={() => setFault(null)}
    >
      <label htmlFor={id} className={hiddenLabel ? 'sr-only' : 'font-medium text-[13px] text-ink'}>
        {label}
        {optional && <span className="font-normal text-ink-3"> {optional}</span>}
      </label>
      {children({
        id,
        'aria-describedby': note ? noteId : undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {note && (
        <p id={noteId} className={error ? 'text-[13px] text-danger' : 'text-[13px] text-ink-3'}>
          {note}
        </p>
      )}
    </div>
  );
}

/** The browser focuses the first wrong control only where it shows its own bubble. */
function focusIfFirst(control: HTMLInputElement): void {
  if (control.form?.querySelector(':invalid:not(fieldset)') === control) control.focus();
}

export const controlLook =
  'w-full min-w-0 rounded-md bg-surface px-3 text-sm text-ink ring-1 ring-line-strong ring-inset placeholder:text-ink-3 hover:ring-ink-3 focus:outline-2 focus:outline-accent focus:-outline-offset-1 aria-invalid:ring-danger disabled:bg-sunken disabled:text-ink-3';
