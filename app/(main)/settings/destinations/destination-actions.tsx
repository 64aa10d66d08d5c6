'use client';

import {
  Ellipsis,
  List,
  PencilLine,
  Power,
  PowerOff,
  Stethoscope,
  Trash2,
  Upload,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { Menu, type MenuEntry } from '#app/components/ui/menu.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useJobs } from '#app/data/jobs.tsx';
import { useMay } from '#app/session/me-context.tsx';
import {
  type DestinationPartsFragment,
  ExternalBackupDocument,
  TestDestinationDocument,
  UpdateDestinationDocument,
} from '#generated/graphql/client/graphql.ts';
import type { DestinationTask } from './destination-tasks.tsx';

interface Props {
  destination: DestinationPartsFragment;
  newestBackup: string | null;
  onTask: (task: DestinationTask) => void;
}

const small = 'size-3.5';
const icon = 'size-4';

/** Test, send now, and a menu. */
export function DestinationActions({ destination, newestBackup, onTask }: Props) {
  const t = useTranslations('destinations');
  const entries = useMenuEntries(destination, onTask);
  const { id, name } = destination;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <TestButton id={id} onTested={() => onTask({ kind: 'tested', id })} />
      {newestBackup && destination.enabled && destination.state !== 'LOST' && (
        <SendButton destinationId={id} backupId={newestBackup} />
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
    </div>
  );
}

function TestButton({ id, onTested }: { id: string; onTested: () => void }) {
  const t = useTranslations('destinations');
  const { send, sending } = useSendOrToast(TestDestinationDocument);
  const test = async () => {
    if (await send({ id })) onTested();
  };
  return (
    <Button
      size="small"
      icon={<Stethoscope aria-hidden className={small} />}
      busy={sending}
      onClick={() => void test()}
    >
      {sending ? t('testing') : t('test')}
    </Button>
  );
}

function SendButton(ids: { destinationId: string; backupId: string }) {
  const t = useTranslations('destinations');
  const may = useMay();
  const { add } = useJobs();
  const { send, sending } = useSendOrToast(ExternalBackupDocument);
  if (!may('backup.create')) return null;
  const start = async () => {
    const answer = await send(ids);
    if (answer) add(answer.externalBackup.job);
  };
  return (
    <Button
      size="small"
      icon={<Upload aria-hidden className={small} />}
      busy={sending}
      onClick={() => void start()}
    >
      {t('sendNow')}
    </Button>
  );
}

function useMenuEntries(
  { id, enabled }: DestinationPartsFragment,
  onTask: Props['onTask'],
): MenuEntry[] {
  const t = useTranslations('destinations');
  const { send } = useSendOrToast(UpdateDestinationDocument);
  const Switch = enabled ? PowerOff : Power;
  return [
    {
      label: t('showCopies'),
      icon: <List aria-hidden className={icon} />,
      onSelect: () => onTask({ kind: 'copies', id }),
    },
    {
      label: t('edit'),
      icon: <PencilLine aria-hidden className={icon} />,
      onSelect: () => onTask({ kind: 'edit', id }),
    },
    {
      label: enabled ? t('turnOff') : t('turnOn'),
      icon: <Switch aria-hidden className={icon} />,
      onSelect: () => void send({ id, input: { enabled: !enabled } }),
    },
    {
      label: t('remove'),
      icon: <Trash2 aria-hidden className={icon} />,
      danger: true,
      onSelect: () => onTask({ kind: 'remove', id }),
    },
  ];
}
