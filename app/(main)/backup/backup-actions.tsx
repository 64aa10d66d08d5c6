'use client';

import {
  Download,
  Ellipsis,
  PencilLine,
  Pin,
  PinOff,
  Play,
  ShieldCheck,
  Trash2,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import {
  type BackupPartsFragment,
  UpdateBackupDocument,
  VerifyBackupDocument,
} from '../../../generated/graphql/client/graphql.ts';
import { IconButton } from '../../components/ui/icon-button.tsx';
import { Menu, type MenuEntry } from '../../components/ui/menu.tsx';
import { useSendOrToast } from '../../components/ui/use-send-or-toast.ts';
import { useJobs } from '../../data/jobs.tsx';
import { useMay } from '../../session/me-context.tsx';
import type { BackupTask } from './backup-dialogs.tsx';

interface Props {
  backup: BackupPartsFragment;
  onTask: (kind: BackupTask['kind'], backup: BackupPartsFragment) => void;
}

const icon = 'size-4';

/** Play, download and, right next to it, trash; the rest in a menu. What the role lacks is not shown. */
export function BackupActions({ backup, onTask }: Props) {
  const t = useTranslations('backup');
  const may = useMay();
  const entries = useMenuEntries(backup, () => onTask('edit', backup));
  const { name } = backup;
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
      {may('backup.download') && (
        <IconButton
          label={t('downloadNamed', { name })}
          tip={t('downloadNotYet')}
          icon={<Download aria-hidden className={icon} />}
          unavailable
        />
      )}
      {may('backup.delete') && (
        <IconButton
          label={t('deleteNamed', { name })}
          tip={t('delete')}
          icon={<Trash2 aria-hidden className={icon} />}
          danger
          onClick={() => onTask('delete', backup)}
        />
      )}
      {entries.length > 0 && (
        <Menu
          trigger={
            <button
              type="button"
              aria-label={t('moreNamed', { name })}
              className="grid size-8 place-items-center rounded-md text-ink-2 hover:bg-sunken hover:text-ink"
            >
              <Ellipsis aria-hidden className={icon} />
            </button>
          }
          entries={entries}
        />
      )}
    </>
  );
}

function useMenuEntries(backup: BackupPartsFragment, onEdit: () => void): MenuEntry[] {
  const t = useTranslations('backup');
  const may = useMay();
  const { add } = useJobs();
  const verify = useSendOrToast(VerifyBackupDocument);
  const update = useSendOrToast(UpdateBackupDocument);
  if (!may('backup.create')) return [];
  const PinIcon = backup.pinned ? PinOff : Pin;
  return [
    {
      label: t('verify'),
      icon: <ShieldCheck aria-hidden className={icon} />,
      onSelect: async () => {
        const answer = await verify.send({ id: backup.id });
        if (answer) add(answer.verifyBackup.job);
      },
    },
    {
      label: backup.pinned ? t('unpin') : t('pin'),
      icon: <PinIcon aria-hidden className={icon} />,
      onSelect: () => void update.send({ id: backup.id, input: { pinned: !backup.pinned } }),
    },
    { label: t('edit'), icon: <PencilLine aria-hidden className={icon} />, onSelect: onEdit },
  ];
}
