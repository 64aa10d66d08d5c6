'use client';

import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import { Link } from './link.tsx';
import { SideScroller } from './side-scroller.tsx';

export interface Tab {
  readonly href: string;
  readonly text: string;
  readonly count?: ReactNode;
}

/** The pages of one entry of the side menu, as tabs that are links. */
export function TabBar({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const path = usePathname();
  return (
    <SideScroller label={label} className="mb-5 border-line border-b">
      <ul className="flex w-max gap-1">
        {tabs.map(({ href, text, count }) => {
          const here = path === href;
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={here ? 'page' : undefined}
                className={classes(
                  'flex items-center gap-2 whitespace-nowrap rounded-t-md border-b-2 px-3 py-2.5 font-medium text-sm -outline-offset-2',
                  here
                    ? 'border-accent text-ink'
                    : 'border-transparent text-ink-2 hover:border-line-strong hover:text-ink',
                )}
              >
                {text}
                {count !== undefined && (
                  <span className="rounded-full bg-sunken px-1.5 text-ink-3 text-xs tabular-nums">
                    {count}
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </SideScroller>
  );
}
