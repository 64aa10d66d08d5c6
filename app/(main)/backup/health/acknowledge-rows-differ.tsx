'use client';

import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useSend } from '#app/data/use-send.ts';
import { useMay } from '#app/session/me-context.tsx';
import { AcknowledgeRowsDifferDocument } from '#generated/graphql/client/graphql.ts';

/** The button of who looked at rows that changed without a trace. The banner goes when the server says so. */
export function AcknowledgeRowsDiffer() {
  const t = useTranslations('health');
  const may = useMay();
  const toast = useToast();
  const textOf = useProblemText();
  const { send, sending, problem } = useSend(AcknowledgeRowsDifferDocument);
  if (!may('backup.create')) return null;
  const acknowledge = async () => {
    if (await send({})) toast({ tone: 'good', title: t('acknowledged') });
  };
  return (
    <div className="grid justify-items-end gap-1">
      <Button size="small" busy={sending} onClick={acknowledge}>
        {t('acknowledge')}
      </Button>
      {problem && <p className="text-[13px]">{textOf(problem).message}</p>}
    </div>
  );
}
