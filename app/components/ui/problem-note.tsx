'use client';

import { CircleAlert } from 'lucide-react';
import type { Problem } from '../../data/problem.ts';
import { useFieldText } from '../../data/use-field-text.ts';
import { useProblemText } from '../../data/use-problem-text.ts';
import { classes } from './classes.ts';
import { ServerSaid } from './server-said.tsx';

interface Props {
  problem: Problem | null;
  className?: string;
  /** Paths of fields that show their own errors; they are not repeated here. */
  shownFields?: readonly string[];
  /** Of work that failed: the server's own sentence stands beneath, which names the part that it is of. */
  withDetail?: boolean;
}

/** What went wrong and what to do next, announced as it appears. */
export function ProblemNote({ problem, className, shownFields = [], withDetail }: Props) {
  const textOf = useProblemText();
  const fieldTextOf = useFieldText();
  if (!problem) return null;
  const { message, hint, said } = textOf(problem);
  const others = Object.entries(problem.fields).filter(([path]) => !shownFields.includes(path));
  // Where no field is marked, what is wrong with them is all there is to say.
  const fieldsAlone = shownFields.length === 0 && others.length > 0;
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
        {others.map(([path, text]) => (
          <p key={path} className={fieldsAlone ? 'font-medium' : 'mt-0.5'}>
            {fieldTextOf(text)}
          </p>
        ))}
        {withDetail && <ServerSaid said={said} />}
      </div>
    </div>
  );
}
