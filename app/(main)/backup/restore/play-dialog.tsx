'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { useClient } from 'urql';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  type BackupPartsFragment,
  RestoresDocument,
  StageRestoreDocument,
} from '#generated/graphql/client/graphql.ts';
import { useStartCompare } from '../compare/use-start-compare.ts';
import { openRestore } from './restore-address.ts';
import { isStillGood } from './still-good.ts';

interface Props {
  backup: BackupPartsFragment;
  onClose: () => void;
}

/** Opens the restore of this backup that is already prepared, or begins to prepare one. Either is compared with now. */
export function PlayDialog({ backup, onClose }: Props) {
  const t = useTranslations('restore');
  const name = useBackupName()(backup);
  const client = useClient();
  const { add } = useJobs();
  const { send, problem } = useSend(StageRestoreDocument);
  const may = useMay();
  const compares = may('backup.compare') && may('network.view');
  const { make } = useStartCompare();
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const begin = async () => {
      const options = { requestPolicy: 'network-only' } as const;
      const recent = await client.query(RestoresDocument, { first: 20 }, options).toPromise();
      const ready = recent.data?.restores.nodes.find((restore) => isStillGood(restore, backup.id));
      // The compare first: it is the sooner there of the two.
      const compared = compares ? await make({ from: backup.id, to: null }) : null;
      const staged = ready ? null : await send({ backupId: backup.id });
      if (staged) add(staged.stageRestore.job);
      const id = ready?.id ?? staged?.stageRestore.restore.id;
      if (!id) return;
      openRestore(id, compared);
      onClose();
    };
    void begin();
  }, [add, backup.id, client, compares, make, onClose, send]);
  return (
    <Dialog onClose={onClose} title={t('title', { name })}>
      <DialogBody>
        {problem ? (
          <ProblemNote problem={problem} />
        ) : (
          <ProgressBar fraction={null} label={t('preparing')} />
        )}
      </DialogBody>
    </Dialog>
  );
}
