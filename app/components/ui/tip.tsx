'use client';

import { Tooltip } from 'radix-ui';
import type { FocusEvent, ReactElement } from 'react';
import { isFocusedQuietly } from './use-focus-return.ts';

/** A short text beside what is hovered or focused. */
export function Tip({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild onFocus={stayClosed}>
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-60 max-w-64 animate-fade rounded-md bg-ink px-2 py-1 text-canvas text-xs shadow-floating"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** Who closed a dialog did not ask what the button is called that had opened it. */
function stayClosed(event: FocusEvent<HTMLElement>) {
  if (isFocusedQuietly(event.currentTarget)) event.preventDefault();
}
