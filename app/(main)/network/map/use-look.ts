'use client';

import { useSyncExternalStore } from 'react';
import type { Look } from './map-colors.ts';

const DARK = '(prefers-color-scheme: dark)';

/** Whether the page is light or dark now: as the person chose, else as the system is. */
export function useLook(): Look {
  return useSyncExternalStore(watchLook, readLook, () => 'light');
}

function watchLook(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const system = matchMedia(DARK);
  system.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', changed);
  };
}

function readLook(): Look {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia(DARK).matches ? 'dark' : 'light';
}
