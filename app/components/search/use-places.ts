'use client';

import {
  CalendarClock,
  History,
  KeyRound,
  type LucideIcon,
  Map as MapIcon,
  MessageSquareText,
  Plus,
  ScrollText,
  Settings,
  UserRound,
  Users,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import { elementIcons, listHref } from '#app/(main)/network/elements/element-paths.ts';
import { useMay } from '#app/session/me-context.tsx';
import { foldName } from '#text';
import type { Hit, HitGroup } from './found.ts';

const kinds = ['PROJECT', 'POLE', 'BOX', 'CABLE', 'CLIENT'] as const;

/** The pages, and what can be made, that the person may and whose names hold the words of `text`. */
export function usePlaces(text: string): HitGroup[] {
  const t = useTranslations('search');
  const pages = usePages();
  const actions = useActions();
  const words = foldName(text).split(' ');
  const fits = ({ title, detail }: Hit) => {
    const own = foldName(`${title} ${detail}`);
    return words.every((word) => own.includes(word));
  };
  return [
    { key: 'actions', title: t('actions'), hits: actions.filter(fits) },
    { key: 'pages', title: t('pages'), hits: pages.filter(fits) },
  ];
}

/** A page, its name, and the action that it needs. */
type Page = readonly [href: string, title: string, icon: LucideIcon, action: string | null];

function usePages(): Hit[] {
  const may = useMay();
  const nav = useTranslations('nav');
  const network = useTranslations('network');
  const settings = useTranslations('settings');
  const t = useTranslations();
  const elementLists = kinds.map(
    (kind): Page => [listHref(kind), network(`kinds.${kind}`), elementIcons[kind], 'network.view'],
  );
  const pages: Page[] = [
    ...elementLists,
    ['/network/map', network('map'), MapIcon, 'network.view'],
    ['/posts', nav('posts'), MessageSquareText, 'network.view'],
    ['/backup', nav('backup'), History, 'backup.view'],
    ['/backup/nights', t('nights.title'), CalendarClock, 'backup.view'],
    ['/backup/schedule', t('schedule.title'), CalendarClock, 'backup.view'],
    ['/backup/brought-back', t('broughtBack.title'), History, 'backup.view'],
    ['/activity', nav('activity'), ScrollText, 'audit.view'],
    ['/users', nav('users'), Users, 'users.manage'],
    ['/settings/destinations', settings('destinations'), Settings, 'backup.configure'],
    ['/settings/notifications', settings('notifications'), Settings, 'backup.configure'],
    ['/settings/recovery-kit', settings('recoveryKit'), KeyRound, 'backup.configure'],
    ['/settings/api-keys', settings('apiKeys'), KeyRound, 'apikeys.manage'],
    ['/profile', t('userMenu.profile'), UserRound, null],
  ];
  return pages
    .filter(([, , , action]) => action === null || may(action))
    .map(([href, title, icon]) => ({ key: href, href, title, icon, detail: detailOf(href) }));

  function detailOf(href: string): string {
    if (href.startsWith('/network')) return nav('network');
    if (href.startsWith('/backup/')) return nav('backup');
    return href.startsWith('/settings') ? nav('settings') : '';
  }
}

function useActions(): Hit[] {
  const may = useMay();
  const network = useTranslations('network');
  const nav = useTranslations('nav');
  if (!may('network.edit')) return [];
  return kinds.map((kind) => ({
    key: `new ${kind}`,
    href: `${listHref(kind)}?new=1`,
    title: network(`new.${kind}`),
    detail: nav('network'),
    icon: Plus,
  }));
}
