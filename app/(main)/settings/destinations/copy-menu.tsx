'use client';

import { Ellipsis, RotateCcw, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Menu } from '#app/components/ui/menu.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import { KeepCopyDocument } from '#generated/graphql/client/graphql.ts';
import type { Copy } from './copy.ts';

const icon = 'size-4';

/** Remove the copy, or keep it while it is not gone yet. */
export function CopyMenu({ copy, onRemove }: { copy: Copy; onRemove: () => void }) {
  const t = useTranslations('destinations');
  const may = useMay();
  const name = useBackupName()(copy);
  const { send } = useSendOrToast(KeepCopyDocument);
  if (!may('backup.delete') || copy.status === 'SENDING') return null;
  const { backupId, destinationId } = copy;
  const entry =
    copy.status === 'CONDEMNED'
      ? {
          label: t('keepCopy'),
          icon: <RotateCcw aria-hidden className={icon} />,
          onSelect: () => void send({ backupId, destinationId }),
        }
      : {
          label: t('removeCopy'),
          icon: <Trash2 aria-hidden className={icon} />,
          danger: true,
          onSelect: onRemove,
        };
  return (
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
      entries={[entry]}
    />
  );
}
