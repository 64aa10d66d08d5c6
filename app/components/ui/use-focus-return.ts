'use client';

import { useState } from 'react';

/**
 * For dialogs opened by state, not by a trigger: returns what to do when one closes,
 * which is to focus what was focused when it opened, or the content of the page where that is gone.
 */
export function useFocusReturn(): (event: Event) => void {
  const [opener] = useState(focusedNow);
  return (event) => {
    event.preventDefault();
    const target = opener?.isConnected ? opener : document.getElementById('content');
    target?.focus();
  };
}

/** The element in focus; for an entry of a menu, which closes with the choice, the menu's button. */
function focusedNow(): HTMLElement | null {
  if (typeof document === 'undefined') return null;
  const focused = document.activeElement;
  const menuButton = focused?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  if (menuButton) return document.getElementById(menuButton);
  return focused instanceof HTMLElement && focused !== document.body ? focused : null;
}
