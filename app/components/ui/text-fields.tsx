'use client';

import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import type { FieldProblem } from '#app/data/problem.ts';
import { classes } from './classes.ts';
import { controlLook, Field } from './field.tsx';

interface Labels {
  label: string;
  hint?: string;
  error?: FieldProblem | null;
  optional?: string;
}

type InputProps = Labels & Omit<ComponentProps<'input'>, 'id'>;

export function TextField({ label, hint, error, optional, className, ...input }: InputProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(control) => (
        <input
          autoComplete="off"
          {...control}
          {...input}
          className={classes('h-9', controlLook, className)}
        />
      )}
    </Field>
  );
}

type TextAreaProps = Labels & Omit<ComponentProps<'textarea'>, 'id'>;

export function TextAreaField({ label, hint, error, optional, ...textarea }: TextAreaProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(control) => (
        <textarea
          rows={3}
          {...control}
          {...textarea}
          className={classes('resize-y py-2 leading-5', controlLook)}
        />
      )}
    </Field>
  );
}

interface SelectProps extends Labels, Omit<ComponentProps<'select'>, 'id'> {
  hiddenLabel?: boolean;
  options: readonly { value: string; label: string }[];
  /** Shown while nothing is chosen. */
  placeholder?: string;
}

export function SelectField(props: SelectProps) {
  const { label, hint, error, optional, hiddenLabel, options, placeholder, ...select } = props;
  return (
    <Field label={label} hint={hint} error={error} optional={optional} hiddenLabel={hiddenLabel}>
      {(control) => (
        <div className="relative">
          <select
            {...control}
            {...select}
            className={classes('h-9 appearance-none pr-9', controlLook)}
          >
            {placeholder !== undefined && <option value="">{placeholder}</option>}
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <ChevronDown
            aria-hidden
            className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-ink-3"
          />
        </div>
      )}
    </Field>
  );
}
