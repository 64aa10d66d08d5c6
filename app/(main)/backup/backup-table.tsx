'use client';

import { Pin, ShieldCheck } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { Badge } from '#app/components/ui/badge.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { Moment, useBytes } from '#app/components/ui/dates.tsx';
import { Tip } from '#app/components/ui/tip.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';
import { BackupActions } from './backup-actions.tsx';
import type { BackupTask } from './backup-dialogs.tsx';
import { CopyBadges } from './external/copy-badges.tsx';
import type { NamedDestination } from './external/use-destination-names.ts';
import { SinceBefore } from './since-before.tsx';
import { useArchiveSize } from './use-archive-size.ts';

type Backup = BackupPartsFragment;

interface Props {
  backups: readonly Backup[];
  destinations: readonly NamedDestination[];
  loading: boolean;
  onTask: (kind: BackupTask['kind'], backup: Backup) => void;
}

export function BackupTable({ backups, destinations, loading, onTask }: Props) {
  const t = useTranslations('backup');
  const columns: readonly Column<Backup>[] = [
    {
      key: 'name',
      header: t('name'),
      cell: (backup) => <NameCell backup={backup} />,
      className: 'min-w-0',
    },
    {
      key: 'author',
      header: t('author'),
      cell: (backup) => <Author backup={backup} />,
      from: 'lg',
    },
    {
      key: 'createdAt',
      header: t('createdAt'),
      cell: (backup) => <Moment at={backup.createdAt} />,
      from: 'md',
      className: 'whitespace-nowrap text-ink-2',
    },
    {
      key: 'files',
      header: t('files'),
      cell: (backup) => <Files backup={backup} />,
      from: 'sm',
      className: 'whitespace-nowrap text-ink-2',
    },
    {
      key: 'comment',
      header: t('comments'),
      cell: (backup) => <Comment backup={backup} />,
      from: 'lg',
    },
    {
      key: 'size',
      header: t('size'),
      cell: (backup) => <Size backup={backup} />,
      align: 'right',
      from: 'sm',
      className: 'whitespace-nowrap',
    },
  ];
  return (
    <DataTable
      label={t('title')}
      columns={columns}
      rows={backups}
      loading={loading}
      actions={(backup) => (
        <BackupActions backup={backup} destinations={destinations} onTask={onTask} />
      )}
    />
  );
}

function NameCell({ backup }: { backup: Backup }) {
  const t = useTranslations('backup');
  const size = useArchiveSize();
  const authorName = useAuthorName();
  const name = useBackupName()(backup);
  return (
    <div className="min-w-28 max-w-72">
      <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
        <span className="line-clamp-2 font-medium text-ink [overflow-wrap:anywhere]" title={name}>
          {name}
        </span>
        {backup.pinned && (
          <Pin aria-label={t('pinned')} role="img" className="size-3.5 shrink-0 text-accent" />
        )}
        <TestResult backup={backup} />
        {backup.notRestorable.length > 0 && <Badge tone="warn">{t('notRestorable')}</Badge>}
        {backup.kind !== 'MANUAL' && <Badge tone="accent">{t(`kinds.${backup.kind}`)}</Badge>}
        {backup.datedAhead && <Badge tone="warn">{t('datedAhead')}</Badge>}
        {backup.status === 'DELETING' && <Badge tone="warn">{t('deleting')}</Badge>}
      </div>
      <div className="mt-0.5 text-ink-3 text-xs md:hidden">
        <Moment at={backup.createdAt} />
        <span className="sm:hidden"> · {size(backup)}</span>
      </div>
      <div className="mt-0.5 truncate text-ink-3 text-xs lg:hidden">
        {authorName(backup.author)}
      </div>
      <div className="mt-0.5">
        <SinceBefore changes={backup.changes} />
      </div>
      <CopyBadges copies={backup.copies} />
    </div>
  );
}

/** The result of the restore test: a shield if tested, a broken one if the last test failed. */
function TestResult({ backup }: { backup: Backup }) {
  const t = useTranslations('backup');
  const format = useFormatter();
  const date = (at: string) => format.dateTime(new Date(at), { dateStyle: 'medium' });
  if (backup.testFailedAt) return <Badge tone="danger">{t('notTested')}</Badge>;
  if (!backup.testedAt) return null;
  const label = t('testedOn', { date: date(backup.testedAt) });
  return (
    <Tip text={label}>
      <span role="img" aria-label={label} className="inline-flex text-good">
        <ShieldCheck aria-hidden className="size-3.5 shrink-0" />
      </span>
    </Tip>
  );
}

function Author({ backup }: { backup: Backup }) {
  const name = useAuthorName()(backup.author);
  return (
    <span className="block max-w-36 truncate text-ink-2" title={name}>
      {name}
    </span>
  );
}

function Files({ backup }: { backup: Backup }) {
  const t = useTranslations('backup');
  const format = useFormatter();
  if (!backup.includesFiles) return <span className="text-ink-3">{t('withoutFiles')}</span>;
  return <span className="tabular-nums">{format.number(backup.fileCount)}</span>;
}

function Comment({ backup }: { backup: Backup }) {
  return (
    <span
      className="line-clamp-2 max-w-56 text-ink-2 text-[13px] [overflow-wrap:anywhere]"
      title={backup.comment}
    >
      {backup.comment}
    </span>
  );
}

/** The size of the download, and the space that the backup added to the store. */
function Size({ backup }: { backup: Backup }) {
  const t = useTranslations('backup');
  const bytes = useBytes();
  const size = useArchiveSize();
  return (
    <div className="leading-tight">
      <div>{size(backup)}</div>
      <div className="text-ink-3 text-xs">{t('stored', { size: bytes(backup.storedSize) })}</div>
    </div>
  );
}
