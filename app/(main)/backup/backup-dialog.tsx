'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { CopyButton } from '#app/components/ui/copy-button.tsx';
import { Moment, useBytes } from '#app/components/ui/dates.tsx';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { BackupDocument, type BackupQuery } from '#generated/graphql/client/graphql.ts';
import { openDialog, useOpenDialog } from './address.ts';
import { CopyList } from './external/copy-list.tsx';
import { RestoreTest } from './restore-test.tsx';
import { tableNames } from './table-names.ts';
import { useArchiveSize } from './use-archive-size.ts';

type Backup = NonNullable<BackupQuery['backup']>;

/** All details of one backup. */
export function BackupDialog() {
  const id = useOpenDialog('backup');
  return id ? <OpenDialog key={id} id={id} /> : null;
}

function OpenDialog({ id }: { id: string }) {
  const t = useTranslations('details');
  const [{ data, error, fetching }, read] = useQuery({ query: BackupDocument, variables: { id } });
  useSystemEvent((event) => {
    if (event.kind === 'BACKUPS_CHANGED') read({ requestPolicy: 'network-only' });
  });
  const backup = data?.backup;
  const backupName = useBackupName();
  return (
    <Dialog
      onClose={() => openDialog('backup', null)}
      title={backup ? backupName(backup) : t('title')}
    >
      <DialogBody>
        {backup ? (
          <Details backup={backup} />
        ) : error ? (
          <ProblemNote problem={problemOf(error)} />
        ) : fetching ? (
          <ProgressBar fraction={null} label={t('reading')} />
        ) : (
          <p className="text-ink-2 text-sm">{t('unknown')}</p>
        )}
      </DialogBody>
    </Dialog>
  );
}

function Details({ backup }: { backup: Backup }) {
  const t = useTranslations('details');
  const labels = useTranslations('backup');
  const format = useFormatter();
  const bytes = useBytes();
  const authorName = useAuthorName();
  const rows = backup.tables.reduce((sum, table) => sum + Number(table.rows), 0);
  return (
    <dl className="grid divide-y divide-line text-sm sm:grid-cols-[10rem_minmax(0,1fr)]">
      <Entry label={labels('author')}>{authorName(backup.author)}</Entry>
      <Entry label={labels('createdAt')}>
        <Moment at={backup.createdAt} />
      </Entry>
      {backup.comment !== '' && <Entry label={labels('comments')}>{backup.comment}</Entry>}
      <Entry label={t('contents')}>
        {t('rows', { count: rows, tables: backup.tables.length })}
        {' · '}
        {backup.includesFiles ? t('files', { count: backup.fileCount }) : labels('withoutFiles')}
      </Entry>
      <Entry label={t('stored')}>{bytes(backup.storedSize)}</Entry>
      <Entry label={t('tested')}>
        <RestoreTest backup={backup} />
      </Entry>
      <Entry label={t('elsewhere')}>
        <CopyList copies={backup.copies} />
      </Entry>
      {backup.notRestorable.length > 0 && (
        <Entry label={t('notRestorable')}>
          <NotRestorable entries={backup.notRestorable} />
        </Entry>
      )}
      {backup.uploadedAt && <Origin backup={backup} />}
      <Entry label={t('archive')}>
        <span className="break-all">{backup.archiveName}</span>
      </Entry>
      <Entry label={labels('size')}>
        <ArchiveSize backup={backup} />
        {backup.archiveExact && (
          <span className="ml-2 text-ink-3 tabular-nums">
            {t('bytes', { bytes: format.number(BigInt(backup.archiveSize)) })}
          </span>
        )}
      </Entry>
      <Entry label={t('sha256')}>
        <Checksum sha256={backup.archiveSha256 ?? null} />
      </Entry>
    </dl>
  );
}

function ArchiveSize({ backup }: { backup: Backup }) {
  return useArchiveSize()(backup);
}

function Origin({ backup }: { backup: Backup }) {
  const t = useTranslations('details');
  const authorName = useAuthorName();
  return (
    <Entry label={t('origin')}>
      {t.rich('uploaded', {
        file: backup.uploadedFrom ?? '',
        name: backup.uploadedBy ? authorName(backup.uploadedBy) : '',
        date: () => <Moment at={backup.uploadedAt ?? backup.createdAt} />,
      })}
    </Entry>
  );
}

function NotRestorable({ entries }: { entries: Backup['notRestorable'] }) {
  const t = useTranslations('details');
  const byHand = entries.filter(({ reason }) => reason === 'MADE_BY_HAND');
  const missing = entries.filter(({ reason }) => reason === 'MISSING');
  return (
    <div className="grid gap-1.5 text-warn">
      {missing.length > 0 && <p>{t('missing', { tables: tableNames(missing) })}</p>}
      {byHand.length > 0 && <p>{t('madeByHand', { tables: tableNames(byHand) })}</p>}
    </div>
  );
}

/** The checksum to compare a downloaded copy with. */
function Checksum({ sha256 }: { sha256: string | null }) {
  const t = useTranslations('details');
  if (sha256 === null) return <span className="text-ink-3">{t('notKnownYet')}</span>;
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0">
        <code className="break-all font-mono text-[13px]">{sha256}</code>
        <p className="mt-0.5 text-[13px] text-ink-3">{t('sha256Hint')}</p>
      </div>
      <CopyButton text={sha256} label={t('copySha256')} />
    </div>
  );
}

function Entry({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 py-2.5 sm:col-span-2 sm:grid-cols-subgrid">
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
