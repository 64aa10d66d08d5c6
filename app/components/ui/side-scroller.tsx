'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { classes } from './classes.ts';

interface Props {
  label: string;
  className?: string;
  children: ReactNode;
}

/** A row of links. If they do not fit, its edges fade and show arrows to the others. */
export function SideScroller({ label, className, children }: Props) {
  const frame = useRef<HTMLElement>(null);
  const hidden = useHiddenSides(frame);
  return (
    <div className={classes('relative', className)}>
      <nav ref={frame} aria-label={label} className="overflow-x-auto [scrollbar-width:none]">
        {children}
      </nav>
      {hidden.left && (
        <Edge className="left-0 justify-start bg-linear-to-r">
          <ChevronLeft aria-hidden className="size-4" />
        </Edge>
      )}
      {hidden.right && (
        <Edge className="right-0 justify-end bg-linear-to-l">
          <ChevronRight aria-hidden className="size-4" />
        </Edge>
      )}
    </div>
  );
}

function Edge({ className, children }: { className: string; children: ReactNode }) {
  return (
    <span
      aria-hidden
      className={classes(
        'pointer-events-none absolute inset-y-0 flex w-14 items-center from-35% from-canvas to-transparent text-ink-2',
        className,
      )}
    >
      {children}
    </span>
  );
}

/**
 * Tracks on which sides links are hidden. Keeps the current link in view until the person scrolls,
 * also while links grow.
 */
function useHiddenSides(frame: RefObject<HTMLElement | null>) {
  const [hidden, setHidden] = useState({ left: false, right: false });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let placed: number | null = null;
    const look = () => {
      const rest = element.scrollWidth - element.clientWidth - element.scrollLeft;
      const next = { left: element.scrollLeft > 1, right: rest > 1 };
      setHidden((now) => (now.left === next.left && now.right === next.right ? now : next));
    };
    const place = () => {
      if (placed === null || element.scrollLeft === placed) placed = showHere(element);
      look();
    };
    const sizes = new ResizeObserver(place);
    sizes.observe(element);
    if (element.firstElementChild) sizes.observe(element.firstElementChild);
    element.addEventListener('scroll', look, { passive: true });
    place();
    return () => {
      sizes.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [frame]);
  return hidden;
}

/** Scrolls the current link toward the middle; returns the new position. */
function showHere(element: HTMLElement): number {
  const here = element.querySelector<HTMLElement>('[aria-current="page"]');
  if (here) element.scrollLeft = here.offsetLeft - (element.clientWidth - here.offsetWidth) / 2;
  return element.scrollLeft;
}
