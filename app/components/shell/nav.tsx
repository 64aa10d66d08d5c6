'use client';

import {
  Cable,
  History,
  type LucideIcon,
  MessageSquareText,
  ScrollText,
  Settings,
  Users,
} from 'lucide-react';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { Link } from '#app/components/ui/link.tsx';
import { isHousekeeping, useJobs } from '#app/data/jobs.tsx';
import { useMay } from '#app/session/me-context.tsx';
import { useUploads } from '#app/transfers/uploads.tsx';
import { classes } from '../ui/classes.ts';

interface Place {
  readonly href: string;
  readonly key: 'network' | 'posts' | 'users' | 'backup' | 'activity' | 'settings';
  /** Any one of them is enough. */
  readonly actions: readonly string[];
  readonly icon: LucideIcon;
}

const places: readonly Place[] = [
  { href: '/network', key: 'network', actions: ['network.view'], icon: Cable },
  { href: '/posts', key: 'posts', actions: ['network.view'], icon: MessageSquareText },
  { href: '/users', key: 'users', actions: ['users.manage'], icon: Users },
  { href: '/backup', key: 'backup', actions: ['backup.view'], icon: History },
  { href: '/activity', key: 'activity', actions: ['audit.view'], icon: ScrollText },
  {
    href: '/settings',
    key: 'settings',
    actions: ['backup.configure', 'apikeys.manage'],
    icon: Settings,
  },
];

/** The pages that the person's role may see. */
export function Nav({ onGo }: { onGo?: () => void }) {
  const t = useTranslations('nav');
  const may = useMay();
  const path = usePathname();
  const { active } = useJobs();
  const uploading = useUploads().busy;
  const working = uploading || active.some((job) => !isHousekeeping(job));
  return (
    <nav aria-label={t('label')}>
      <ul className="grid gap-0.5">
        {places
          .filter((place) => place.actions.some(may))
          .map((place) => {
            const here = path === place.href || path.startsWith(`${place.href}/`);
            return (
              <li key={place.key}>
                <Link
                  href={place.href}
                  onClick={onGo}
                  aria-current={here ? 'page' : undefined}
                  className={classes(
                    'relative flex h-9 items-center gap-3 rounded-md px-3 font-medium text-sm transition-colors duration-100',
                    here
                      ? 'bg-surface text-ink shadow-raised before:absolute before:inset-y-2 before:left-0 before:w-0.75 before:rounded-full before:bg-accent'
                      : 'text-ink-2 hover:bg-line/60 hover:text-ink',
                  )}
                >
                  <place.icon
                    aria-hidden
                    className={classes('size-4', here ? 'text-accent' : 'text-ink-3')}
                  />
                  {t(place.key)}
                  {place.key === 'backup' && working && (
                    <span className="ml-auto flex items-center">
                      <span aria-hidden className="size-2 animate-breathe rounded-full bg-glow" />
                      <span className="sr-only">{t('working')}</span>
                    </span>
                  )}
                </Link>
              </li>
            );
          })}
      </ul>
    </nav>
  );
}
