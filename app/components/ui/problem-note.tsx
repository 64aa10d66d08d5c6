'use client';

import { CircleAlert } from 'lucide-react';
import type { Problem } from '#app/data/problem.ts';
import { useFieldText } from '#app/data/use-field-text.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { classes } from './classes.ts';

interface Props {
  problem: Problem | null;
  className?: string;
  /** Paths of fields that show their own errors; they are not repeated here. */
  shownFields?: readonly string[];
}

/** What went wrong and what to do next; announced to screen readers. */
export function ProblemNote({ problem, className, shownFields = [] }: Props) {
  const textOf = useProblemText();
  const fieldTextOf = useFieldText();
  if (!problem) return null;
  const { message, hint } = textOf(problem);
  const paths = Object.keys(problem.fields);
  const others = Object.entries(problem.fields).filter(([path]) => !shownFields.includes(path));
  // Only fields are wrong, and those that the form shows have their own errors.
  const fieldsAlone = paths.length > 0 && problem.reason === null;
  if (fieldsAlone && others.length === 0)
    return (
      <p role="alert" className="sr-only">
        {message}
      </p>
    );
  return (
    <div
      role="alert"
      className={classes(
        'flex gap-2.5 rounded-lg bg-danger-soft px-3 py-2.5 text-danger text-sm [overflow-wrap:anywhere]',
        className,
      )}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        {!fieldsAlone && <p className="font-medium">{message}</p>}
        {!fieldsAlone && hint && <p className="mt-0.5">{hint}</p>}
        {others.map(([path, field]) => (
          <p key={path} className={fieldsAlone ? 'font-medium' : 'mt-0.5'}>
            {fieldTextOf(field)}
          </p>
        ))}
      </div>
    </div>
  );
}
