'use client';

import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

const SETTLE_MS = 200;

/** A search field that reports its value once typing pauses. */
export function SearchField({ label, value, onChange }: Props) {
  const [typed, setTyped] = useState(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    const timer = setTimeout(() => tell.current(typed.trim()), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="relative w-full sm:w-64">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-ink-3"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="h-9 w-full rounded-md bg-surface pr-3 pl-9 text-sm ring-1 ring-line-strong ring-inset placeholder:text-ink-3 hover:ring-ink-3 focus:outline-2 focus:outline-accent focus:-outline-offset-1"
      />
    </div>
  );
}
