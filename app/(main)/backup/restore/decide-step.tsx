'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { usePage } from '#app/data/graphql-provider.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { ApplyRestoreDocument, DiscardRestoreDocument } from '#generated/graphql/client/graphql.ts';
import { sameName } from '#text';
import { Comparison } from './comparison.tsx';
import { Consequences } from './consequences.tsx';
import { PrepareAgain } from './prepare-again.tsx';
import { ReturningAccounts } from './returning-accounts.tsx';
import { SeenChanges } from './seen-changes.tsx';
import type { StepProps } from './step.ts';
import type { SeenCompare } from './use-compare-with-now.ts';

interface Props extends StepProps {
  /** Null for who may not compare. */
  seen: SeenCompare | null;
}

/** The preview and the decision: the person types the backup's name to restore it. */
export function DecideStep({ restore, seen, onClose, onChanged }: Props) {
  const t = useTranslations('restore');
  const name = useRestoredName()(restore);
  const { swap } = usePage();
  const [typed, setTyped] = useState('');
  const [enableAccounts, setEnableAccounts] = useState<readonly string[]>([]);
  const apply = useSend(ApplyRestoreDocument);
  const discard = useSend(DiscardRestoreDocument);
  const backupRuns = apply.problem?.code === 'BACKUP_RUNNING';
  const stale = apply.problem?.code === 'STAGE_STALE';
  const changedSince = apply.problem?.reason === 'changedSinceCompare';
  const matches = sameName(typed, name);

  const applyNow = () =>
    swap(async () => {
      const { id, backupName: confirmName } = restore;
      const variables = { id, confirmName, enableAccounts: [...enableAccounts] };
      const compareId = seen?.ready?.id ?? null;
      const agreed = { cancelRunningBackup: backupRuns, evenIfChanged: changedSince };
      return (await apply.send({ ...variables, ...agreed, compareId })) !== null;
    });
  const drop = async () => {
    if (await discard.send({ id: restore.id })) onClose();
    onChanged();
  };

  return (
    <form
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        if (matches) void applyNow();
      }}
    >
      <DialogBody>
        <div className="grid gap-5">
          {seen && !seen.problem ? (
            <SeenChanges seen={seen} />
          ) : (
            <Comparison rows={restore.comparison ?? null} />
          )}
          <Consequences restore={restore} />
          <ReturningAccounts
            accounts={restore.returningAccounts ?? []}
            enabled={enableAccounts}
            onChange={setEnableAccounts}
          />
          <TextField
            label={t('typeName', { name })}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            error={apply.problem?.fields.confirmName}
            spellCheck={false}
          />
          <ProblemNote problem={apply.problem ?? discard.problem} shownFields={['confirmName']} />
          {changedSince && seen && <LookAgain seen={seen} onLook={apply.clearProblem} />}
          {stale && <PrepareAgain backupId={restore.backupId} />}
          {restore.goodUntil && <GoodUntil at={restore.goodUntil} />}
        </div>
      </DialogBody>
      <DialogFooter>
        <Button look="quiet" className="mr-auto" busy={discard.sending} onClick={() => void drop()}>
          {t('discard')}
        </Button>
        <Button onClick={onClose}>{t('notNow')}</Button>
        <Button type="submit" look="primary" busy={apply.sending} disabled={!matches}>
          {backupRuns ? t('cancelBackupAndApply') : changedSince ? t('applyEvenSo') : t('apply')}
        </Button>
      </DialogFooter>
    </form>
  );
}

/** Compares once more: people changed the network since. */
function LookAgain({ seen, onLook }: { seen: SeenCompare; onLook: () => void }) {
  const t = useTranslations('restore');
  const look = () => {
    onLook();
    seen.again();
  };
  return (
    <div>
      <Button onClick={look}>{t('lookAgain')}</Button>
    </div>
  );
}

function GoodUntil({ at }: { at: string }) {
  const t = useTranslations('restore');
  const moment = useMoment();
  return <p className="text-ink-3 text-xs">{t('goodUntil', { date: moment(at) })}</p>;
}
