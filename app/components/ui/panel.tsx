import { type ReactNode, useId } from 'react';
import { classes } from './classes.ts';

interface Props {
  title: string;
  text?: string;
  /** Beside the title. */
  aside?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/** A part of a page with a heading of its own. */
export function Panel({ title, text, aside, className, children }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={classes(
        'min-w-0 rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-6',
        className,
      )}
    >
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          <h2 id={id} className="font-semibold text-[15px] tracking-tight">
            {title}
          </h2>
          {text && <p className="mt-0.5 text-pretty text-ink-2 text-sm">{text}</p>}
        </div>
        {aside}
      </div>
      {children && <div className="mt-5">{children}</div>}
    </section>
  );
}
