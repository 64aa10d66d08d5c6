'use client';

import { ChevronDown, Eye, EyeOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ComponentProps, useState } from 'react';
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

/** A line to type. A password can be shown while it is typed. */
export function TextField({ label, hint, error, optional, className, ...input }: InputProps) {
  const Control = input.type === 'password' ? SecretInput : 'input';
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(control) => (
        <Control
          autoComplete="off"
          {...control}
          {...input}
          className={classes('h-9', controlLook, className)}
        />
      )}
    </Field>
  );
}

function SecretInput({ className, ...input }: ComponentProps<'input'>) {
  const t = useTranslations('common');
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <input {...input} type={shown ? 'text' : 'password'} className={`pr-11 ${className}`} />
      <button
        type="button"
        aria-label={t(shown ? 'hideTyped' : 'showTyped')}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-md text-ink-3 hover:text-ink"
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </div>
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
