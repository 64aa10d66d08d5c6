'use client';

import { Check } from 'lucide-react';
import { Checkbox } from 'radix-ui';
import { useId } from 'react';
import { classes } from './classes.ts';

/** What takes the click: 24 px (WCAG 2.2, 2.5.8). The box in it is smaller, and the margin keeps its place in the line. */
const targetLook = 'group/box -m-[3px] grid size-6 shrink-0 place-items-center rounded-md';

/** The box that is seen, ticked or not. */
function Box() {
  return (
    <span className="grid size-4.5 place-items-center rounded bg-surface ring-1 ring-line-strong ring-inset group-hover/box:ring-ink-3 group-disabled/box:opacity-60 group-data-[state=checked]/box:bg-accent group-data-[state=checked]/box:text-on-accent group-data-[state=checked]/box:ring-0">
      <Checkbox.Indicator>
        <Check aria-hidden className="size-3.5" strokeWidth={3} />
      </Checkbox.Indicator>
    </span>
  );
}

interface BoxProps {
  /** For screen readers: what it is about is seen beside it. */
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** A tick box without a text of its own. */
export function CheckBox({ label, checked, onChange }: BoxProps) {
  return (
    <Checkbox.Root
      aria-label={label}
      checked={checked}
      onCheckedChange={(next) => onChange(next === true)}
      className={classes("relative after:absolute after:-inset-1 after:content-['']", targetLook)}
    >
      <Box />
    </Checkbox.Root>
  );
}

interface Props {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function CheckField({ label, hint, checked, disabled, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <Checkbox.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => onChange(next === true)}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className={classes('-mt-px', targetLook)}
      >
        <Box />
      </Checkbox.Root>
      <div className="min-w-0 text-sm">
        <label htmlFor={id} className="text-ink">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-[13px] text-ink-3">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
