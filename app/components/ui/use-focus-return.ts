'use client';

import { useState } from 'react';

/** Whether an element has the focus again because a dialog closed, not because somebody went there. */
export function isReturning(element: HTMLElement): boolean {
  return element.dataset.returning !== undefined;
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
    if (!target) return;
    target.dataset.returning = '';
    target.focus();
    delete target.dataset.returning;
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
