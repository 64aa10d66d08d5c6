'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useClient } from 'urql';
import { type Choice, ComboboxField } from '#app/components/ui/combobox.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import {
  type BackupPartsFragment,
  OtherBackupsDocument,
} from '#generated/graphql/client/graphql.ts';
import { useStartCompare } from './use-start-compare.ts';

interface Props {
  backup: BackupPartsFragment;
  onClose: () => void;
}

interface Dated extends Choice {
  readonly createdAt: string;
}

/** Compares a backup with another one that the person picks. The earlier one is where the compare begins. */
export function CompareWithDialog({ backup, onClose }: Props) {
  const t = useTranslations('compare');
  const name = useBackupName()(backup);
  const find = useFindBackups(backup.id);
  const [other, setOther] = useState<Choice | null>(null);
  const [missing, setMissing] = useState(false);
  const { open, sending, problem } = useStartCompare();
  const compare = async () => {
    setMissing(other === null);
    if (!other) return;
    const isLater = (other as Dated).createdAt > backup.createdAt;
    const [from, to] = isLater ? [backup.id, other.id] : [other.id, backup.id];
    if (await open({ from, to })) onClose();
  };
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void compare()}
      title={t('withTitle', { name })}
      submitLabel={t('compare')}
      sending={sending}
      problem={problem}
      fields={[]}
      keepsNothing
    >
      <ComboboxField
        label={t('otherBackup')}
        value={other}
        onChange={setOther}
        find={find}
        error={missing && !other ? { reason: 'required', params: {}, message: '' } : null}
      />
    </FormDialog>
  );
}

function useFindBackups(exceptId: string) {
  const client = useClient();
  const backupName = useBackupName();
  const moment = useMoment();
  return async (search: string): Promise<readonly Dated[]> => {
    const variables = { first: 13, search: search || null };
    const options = { requestPolicy: 'network-only' } as const;
    const { data } = await client.query(OtherBackupsDocument, variables, options).toPromise();
    return (data?.backups.nodes ?? [])
      .filter(({ id, status }) => id !== exceptId && status === 'READY')
      .map((one) => ({
        id: one.id,
        name: `${backupName(one)} · ${moment(one.createdAt)}`,
        createdAt: one.createdAt,
      }));
  };
}
