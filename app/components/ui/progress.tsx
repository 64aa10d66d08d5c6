import { classes } from './classes.ts';

interface Props {
  /** Between 0 and 1; null while the total is unknown. */
  fraction: number | null;
  label: string;
  className?: string;
}

/** Light along a fiber: a bar that fills, or a moving pulse while the total is unknown. */
export function ProgressBar({ fraction, label, className }: Props) {
  const percent = fraction === null ? undefined : Math.round(fraction * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className={classes('h-1.5 w-full overflow-hidden rounded-full bg-line', className)}
    >
      {percent === undefined ? (
        <div className="h-full w-2/5 animate-pulse-along rounded-full bg-linear-to-r from-transparent via-glow to-transparent" />
      ) : (
        <div
          className="h-full rounded-full bg-accent shadow-[0_0_10px_var(--glow)] transition-[width] duration-300"
          style={{ width: `${percent}%` }}
        />
      )}
    </div>
  );
}
