'use client';

import { useState } from 'react';

/** Moves the focus for somebody who did not go there: nothing says what the element is called. */
export function focusQuietly(element: HTMLElement): void {
  element.dataset.quiet = '';
  element.focus();
  delete element.dataset.quiet;
}

/** Whether the focus just came by `focusQuietly`. */
export function isFocusedQuietly(element: HTMLElement): boolean {
  return element.dataset.quiet !== undefined;
}

/**
 * Returns a close handler for dialogs opened by state, not by a trigger. It focuses what had focus
 * before, or the page's content if that is gone.
 */
export function useFocusReturn(): (event: Event) => void {
  const [opener] = useState(focusedNow);
  return (event) => {
    event.preventDefault();
    const target = opener?.isConnected ? opener : document.getElementById('content');
    if (target) focusQuietly(target);
  };
}

/** The focused element; for an entry of a menu, the menu's button, since the menu closes. */
function focusedNow(): HTMLElement | null {
  if (typeof document === 'undefined') return null;
  const focused = document.activeElement;
  const menuButton = focused?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  if (menuButton) return document.getElementById(menuButton);
  return focused instanceof HTMLElement && focused !== document.body ? focused : null;
}
