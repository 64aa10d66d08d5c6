'use client';

import { useEffect, useRef, useState } from 'react';
import type { ElementKind } from './kit.ts';
import { useFindElements } from './use-find-elements.ts';

/** Nobody is told about a name that they are still typing. */
const PAUSE_MS = 400;
const finders = {
  PROJECT: 'project',
  POLE: 'pole',
  BOX: 'box',
  CABLE: 'cable',
  CLIENT: 'client',
} as const;
const names = new Intl.Collator(undefined, { sensitivity: 'base' });

/** Whether another element of the kind has this name, without case and accents. `id`: of the element itself. */
export function useSameName(kind: ElementKind, id: string | null, typed: string): boolean {
  const find = useRef(useFindElements(finders[kind]));
  const [taken, setTaken] = useState<string | null>(null);
  const name = typed.trim();
  useEffect(() => {
    if (name === '') return;
    let left = false;
    const look = async () => {
      const found = await find.current(name);
      const other = found.some((one) => one.id !== id && names.compare(one.name, name) === 0);
      if (!left) setTaken(other ? name : null);
    };
    const timer = setTimeout(() => void look(), PAUSE_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id, name]);
  return name !== '' && taken === name;
}
