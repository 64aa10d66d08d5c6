'use client';

import type { LucideIcon } from 'lucide-react';
import { RadioGroup } from 'radix-ui';
import { classes } from './classes.ts';

interface Choice<Value extends string> {
  value: Value;
  icon: LucideIcon;
  name: string;
  text: string;
}

interface Props<Value extends string> {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
  /** Of a wide page; a phone has one. */
  columns?: 2 | 3;
}

/** A few choices, each with what it means. */
export function ChoiceCards<Value extends string>(props: Props<Value>) {
  const { label, value, choices, onChange, columns = 3 } = props;
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(chosen) => onChange(chosen as Value)}
      className={classes('grid gap-2', columns === 2 ? 'sm:grid-cols-2' : 'sm:grid-cols-3')}
    >
      {choices.map(({ value: each, icon: Icon, name, text }) => (
        <RadioGroup.Item
          key={each}
          value={each}
          className={classes(
            'flex items-start gap-3 rounded-lg bg-surface p-3 text-left ring-1 ring-line-strong ring-inset hover:bg-sunken aria-checked:bg-accent-soft aria-checked:ring-2 aria-checked:ring-accent',
            columns === 3 && 'sm:flex-col sm:gap-1.5',
          )}
        >
          <Icon aria-hidden className="mt-0.5 size-4.5 shrink-0 text-accent" />
          <span>
            <span className="block font-medium text-sm">{name}</span>
            <span className="block text-pretty text-ink-2 text-xs">{text}</span>
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
