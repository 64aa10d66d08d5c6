'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { classes } from './classes.ts';

interface Props {
  label: string;
  className?: string;
  children: ReactNode;
}

/** Places to go to in a row: where it is too narrow for them, its edges fade and point to the others. */
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

/** On which sides there is more than is seen; the place where the person is comes into view first. */
function useHiddenSides(frame: RefObject<HTMLElement | null>) {
  const [hidden, setHidden] = useState({ left: false, right: false });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => {
      const rest = element.scrollWidth - element.clientWidth - element.scrollLeft;
      const next = { left: element.scrollLeft > 1, right: rest > 1 };
      setHidden((now) => (now.left === next.left && now.right === next.right ? now : next));
    };
    const here = element.querySelector<HTMLElement>('[aria-current="page"]');
    if (here) element.scrollLeft = here.offsetLeft - (element.clientWidth - here.offsetWidth) / 2;
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    if (element.firstElementChild) sizes.observe(element.firstElementChild);
    element.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [frame]);
  return hidden;
}
