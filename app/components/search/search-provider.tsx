'use client';

import { usePathname } from 'next/navigation';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { SearchDialog } from './search-dialog.tsx';

const OpenSearch = createContext<() => void>(() => {});

/** Opens the search over everything. */
export function useOpenSearch(): () => void {
  return useContext(OpenSearch);
}

/** The search dialog, which `/` and Ctrl-K open from anywhere. */
export function SearchProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const path = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes it.
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <OpenSearch value={() => setOpen(true)}>
      {children}
      {open && <SearchDialog onClose={() => setOpen(false)} />}
    </OpenSearch>
  );
}

/** Ctrl-K or ⌘K anywhere; `/` where nobody types. Another dialog keeps both to itself. */
function isShortcut(event: KeyboardEvent): boolean {
  if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]')) return false;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === '/' && plain) return !isTyping(event.target);
  return event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select') !== null)
  );
}
