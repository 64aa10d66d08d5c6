'use client';

import {
  Download,
  Ellipsis,
  FileText,
  PencilLine,
  Pin,
  PinOff,
  Play,
  ShieldCheck,
  Trash2,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { Menu, type MenuEntry } from '#app/components/ui/menu.tsx';
import { Spinner } from '#app/components/ui/spinner.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useJobs } from '#app/data/jobs.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import { useDownloads } from '#app/transfers/downloads.tsx';
import {
  type BackupPartsFragment,
  TestBackupDocument,
  UpdateBackupDocument,
} from '#generated/graphql/client/graphql.ts';
import { openDialog } from './address.ts';
import type { BackupTask } from './backup-dialogs.tsx';
import { useCompareEntries } from './compare/use-compare-entries.tsx';
import type { NamedDestination } from './external/use-destination-names.ts';
import { useSendEntries } from './external/use-send-entries.tsx';
import { mayChangePin } from './may-change-pin.ts';

interface Props {
  backup: BackupPartsFragment;
  destinations: readonly NamedDestination[];
  onTask: (kind: BackupTask['kind'], backup: BackupPartsFragment) => void;
}

const icon = 'size-4';

/** The actions on a backup: restore, download, delete, and a menu. Hides those the role lacks. */
export function BackupActions({ backup, destinations, onTask }: Props) {
  const t = useTranslations('backup');
  const may = useMay();
  const sends = useSendEntries(backup, destinations);
  const compares = useCompareEntries(backup, () => onTask('compare', backup));
  const entries = useMenuEntries(backup, [...compares, ...sends], () => onTask('edit', backup));
  const name = useBackupName()(backup);
  return (
    <>
      {may('backup.restore') && (
        <IconButton
          label={t('playNamed', { name })}
          tip={t('play')}
          icon={<Play aria-hidden className={`${icon} fill-current`} />}
          className="text-accent!"
          onClick={() => onTask('play', backup)}
        />
      )}
      {backup.canDownload && <DownloadButton backup={backup} />}
      {may('backup.delete') && (
        <IconButton
          label={t('deleteNamed', { name })}
          tip={t('delete')}
          icon={<Trash2 aria-hidden className={icon} />}
          danger
          onClick={() => onTask('delete', backup)}
        />
      )}
      <Menu
        trigger={
          <button
            type="button"
            aria-label={t('moreNamed', { name })}
            className="grid size-8 place-items-center rounded-md text-ink-2 pointer-coarse:size-11 hover:bg-sunken hover:text-ink"
          >
            <Ellipsis aria-hidden className={icon} />
          </button>
        }
        entries={entries}
      />
    </>
  );
}

/** Downloads the archive, or shows that it is being prepared. The browser then takes over. */
function DownloadButton({ backup }: { backup: BackupPartsFragment }) {
  const t = useTranslations('backup');
  const { isPreparing, download } = useDownloads();
  const name = useBackupName()(backup);
  const preparing = isPreparing(backup.id);
  return (
    <IconButton
      label={preparing ? t('preparingNamed', { name }) : t('downloadNamed', { name })}
      tip={preparing ? t('preparing') : t('download')}
      icon={preparing ? <Spinner /> : <Download aria-hidden className={icon} />}
      aria-busy={preparing}
      onClick={() => void download(backup)}
    />
  );
}

function useMenuEntries(
  backup: BackupPartsFragment,
  others: readonly MenuEntry[],
  onEdit: () => void,
): MenuEntry[] {
  const t = useTranslations('backup');
  const may = useMay();
  const { add } = useJobs();
  const test = useSendOrToast(TestBackupDocument);
  const update = useSendOrToast(UpdateBackupDocument);
  const details: MenuEntry = {
    label: t('details'),
    icon: <FileText aria-hidden className={icon} />,
    onSelect: () => openDialog('backup', backup.id),
  };
  if (!may('backup.create')) return [details, ...others];
  const PinIcon = backup.pinned ? PinOff : Pin;
  const pin: MenuEntry = {
    label: backup.pinned ? t('unpin') : t('pin'),
    icon: <PinIcon aria-hidden className={icon} />,
    onSelect: () => void update.send({ id: backup.id, input: { pinned: !backup.pinned } }),
  };
  return [
    details,
    {
      label: t('testRestore'),
      icon: <ShieldCheck aria-hidden className={icon} />,
      onSelect: async () => {
        const answer = await test.send({ id: backup.id });
        if (answer) add(answer.testBackup.job);
      },
    },
    ...others,
    ...(mayChangePin(backup, may) ? [pin] : []),
    { label: t('edit'), icon: <PencilLine aria-hidden className={icon} />, onSelect: onEdit },
  ];
}
