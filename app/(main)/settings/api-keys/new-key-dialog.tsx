'use client';

import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useFetchCommand } from '#app/(main)/backup/schedule/fetch-command.ts';
import { Button } from '#app/components/ui/button.tsx';
import { CommandLine } from '#app/components/ui/command-line.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { Dialog, DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { useMay } from '#app/session/me-context.tsx';
import type { NewApiKeyPartsFragment } from '#generated/graphql/client/graphql.ts';
import { ScheduleDocument } from '#generated/graphql/client/graphql.ts';

/**
 * Shows a new key once, and the command that downloads tonight's backup with it. Closing any other
 * way than by its button asks first.
 */
export function NewKeyDialog({
  made,
  onClose,
}: {
  made: NewApiKeyPartsFragment;
  onClose: () => void;
}) {
  const t = useTranslations('apiKeys');
  const [asking, setAsking] = useState(false);
  const { apiKey, secret } = made;
  const fetches = apiKey.effectiveActions.includes('backup.download');
  return (
    <>
      <Dialog wide onClose={() => setAsking(true)} title={t('made', { name: apiKey.name })}>
        <DialogBody>
          <div className="grid gap-5">
            <p className="flex gap-2.5 rounded-lg bg-warn-soft px-3 py-2.5 text-sm text-warn">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
              {t('once')}
            </p>
            <CommandLine label={t('secret')} text={secret} />
            {fetches && <FetchLines secret={secret} />}
          </div>
        </DialogBody>
        <DialogFooter>
          <Button look="primary" onClick={onClose}>
            {t('haveIt')}
          </Button>
        </DialogFooter>
      </Dialog>
      {asking && (
        <ConfirmDialog
          onClose={() => setAsking(false)}
          onConfirm={onClose}
          title={t('leaveTitle')}
          confirmLabel={t('leave')}
          cancelLabel={t('stay')}
        >
          {t('leaveText')}
        </ConfirmDialog>
      )}
    </>
  );
}

function FetchLines({ secret }: { secret: string }) {
  const may = useMay();
  return may('backup.view') ? <NightLine secret={secret} /> : null;
}

function NightLine({ secret }: { secret: string }) {
  const t = useTranslations('apiKeys');
  const command = useFetchCommand();
  const [{ data }] = useQuery({ query: ScheduleDocument });
  const next = data?.schedule.nextRun?.at;
  return (
    <>
      {next && <CommandLine label={t('fetchTonight')} text={command(next, secret)} />}
      <CommandLine label={t('fetchLatest')} text={command('latest', secret)} />
    </>
  );
}
