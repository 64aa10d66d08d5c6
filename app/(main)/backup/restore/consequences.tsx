'use client';

import { FileWarning, ShieldCheck, TableProperties, Undo2, UserRoundCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { RestorePreviewPartsFragment } from '#generated/graphql/client/graphql.ts';
import { tableNames } from '../table-names.ts';

/** What the restore means for accounts, files and changes made since. */
export function Consequences({ restore }: { restore: RestorePreviewPartsFragment }) {
  const t = useTranslations('restore');
  const { missingFiles, migrationsRun, notRestorable } = restore;
  return (
    <ul className="grid gap-2.5">
      {missingFiles > 0 && (
        <Point warn icon={<FileWarning aria-hidden className="size-4" />}>
          {t('missingFiles', { count: missingFiles })}
        </Point>
      )}
      {notRestorable.length > 0 && (
        <Point warn icon={<TableProperties aria-hidden className="size-4" />}>
          {t('leftOut', { tables: tableNames(notRestorable) })}
        </Point>
      )}
      <Point icon={<UserRoundCheck aria-hidden className="size-4" />}>{t('accounts')}</Point>
      <Point icon={<ShieldCheck aria-hidden className="size-4" />}>{t('safety')}</Point>
      <Point icon={<Undo2 aria-hidden className="size-4" />}>{t('undoable')}</Point>
      {migrationsRun.length > 0 && (
        <Point icon={<ShieldCheck aria-hidden className="size-4" />}>
          {t('migrated', { count: migrationsRun.length })}
        </Point>
      )}
    </ul>
  );
}

function Point({ icon, warn, children }: { icon: ReactNode; warn?: boolean; children: ReactNode }) {
  return (
    <li
      className={
        warn
          ? 'flex gap-3 rounded-lg bg-warn-soft px-3 py-2.5 text-sm text-warn'
          : 'flex gap-3 px-3 text-ink-2 text-sm'
      }
    >
      <span className={warn ? 'mt-0.5' : 'mt-0.5 text-accent'}>{icon}</span>
      <span className="text-pretty">{children}</span>
    </li>
  );
}
