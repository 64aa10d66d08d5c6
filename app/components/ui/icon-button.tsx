'use client';

import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes.ts';
import { Tip } from './tip.tsx';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  /** What the button does: its tip, and its name for screen readers. */
  label: string;
  /** A longer tip, where the name alone does not explain. */
  tip?: string;
  icon: ReactNode;
  danger?: boolean;
  /** Looks disabled but stays focusable, so that its tip can say why. */
  unavailable?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const { label, tip, icon, danger, unavailable, className, onClick, ...rest } = props;
  return (
    <Tip text={tip ?? label}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        aria-disabled={unavailable || undefined}
        onClick={unavailable ? undefined : onClick}
        className={classes(
          'inline-grid size-8 shrink-0 pointer-coarse:size-11 place-items-center rounded-md transition-colors duration-100',
          unavailable
            ? 'cursor-not-allowed! text-ink-3 opacity-60'
            : danger
              ? 'text-ink-2 hover:bg-danger-soft hover:text-danger'
              : 'text-ink-2 hover:bg-sunken hover:text-ink',
          className,
        )}
      >
        {icon}
      </button>
    </Tip>
  );
}
