'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { GoesWith } from './goes-with.tsx';
import type { ElementKit, ElementRow } from './kit.ts';

interface Props<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  row: Row;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteElement<Row extends ElementRow, CreateInput, UpdateInput>(
  props: Props<Row, CreateInput, UpdateInput>,
) {
  const { kit, row, onClose, onDeleted } = props;
  const t = useTranslations('network');
  const common = useTranslations('common');
  const toast = useToast();
  const { send, sending, problem } = useSend(kit.remove);
  const remove = async () => {
    if (!(await send({ id: row.id }))) return;
    toast({ tone: 'good', title: t('deleted', { name: row.name }) });
    onDeleted();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { name: row.name })}
      confirmLabel={common('delete')}
      busy={sending}
      problem={problem}
    >
      <GoesWith kind={kit.kind} row={row} />
    </ConfirmDialog>
  );
}
