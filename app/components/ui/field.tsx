'use client';

import { type ReactNode, useId } from 'react';
import type { FieldProblem } from '#app/data/problem.ts';
import { useFieldText } from '#app/data/use-field-text.ts';

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

/** A labelled control with its hint and its error, tied together for screen readers. */
export function Field({ label, hint, error, optional, hiddenLabel, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const textOf = useFieldText();
  const note = error ? textOf(error) : hint;
  return (
    <div className="grid min-w-0 content-start gap-1.5">
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

export const controlLook =
  'w-full min-w-0 rounded-md bg-surface px-3 text-sm text-ink ring-1 ring-line-strong ring-inset placeholder:text-ink-3 hover:ring-ink-3 focus:outline-2 focus:outline-accent focus:-outline-offset-1 aria-invalid:ring-danger disabled:bg-sunken disabled:text-ink-3';
