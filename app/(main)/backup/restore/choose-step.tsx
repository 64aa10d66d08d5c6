'use client';

import { History, ListChecks } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useSend } from '#app/data/use-send.ts';
import { DiscardRestoreDocument } from '#generated/graphql/client/graphql.ts';
import { compareAddress } from '../compare/compare-address.ts';
import { SeenChanges } from './seen-changes.tsx';
import type { StepProps } from './step.ts';
import type { SeenCompare } from './use-compare-with-now.ts';

interface Props extends StepProps {
  seen: SeenCompare;
  onEverything: () => void;
}

/** What would change, and the choice: everything, or only some of it. Everything is prepared meanwhile. */
export function ChooseStep({ restore, seen, onEverything, onClose, onChanged }: Props) {
  const t = useTranslations('restore');
  const router = useRouter();
  const discard = useSend(DiscardRestoreDocument);
  const compare = seen.ready;
  const drop = async () => {
    if (await discard.send({ id: restore.id })) onClose();
    onChanged();
  };
  return (
    <>
      <DialogBody>
        <div className="grid gap-5">
          <SeenChanges seen={seen} />
          <div className="grid gap-3 sm:grid-cols-2">
            <Choice
              icon={<History aria-hidden className="size-5" />}
              title={t('everything')}
              text={t('everythingText')}
              onChoose={onEverything}
            />
            <Choice
              icon={<ListChecks aria-hidden className="size-5" />}
              title={t('some')}
              text={t('someText')}
              disabled={compare === null}
              onChoose={() =>
                compare &&
                router.push(compareAddress(compare.id, { from: restore.backupId, to: null }))
              }
            />
          </div>
          <ProblemNote problem={discard.problem} />
        </div>
      </DialogBody>
      <DialogFooter>
        {restore.status === 'STAGED' && (
          <Button
            look="quiet"
            className="mr-auto"
            busy={discard.sending}
            onClick={() => void drop()}
          >
            {t('discard')}
          </Button>
        )}
        <Button onClick={onClose}>{t('notNow')}</Button>
      </DialogFooter>
    </>
  );
}

interface ChoiceProps {
  icon: ReactNode;
  title: string;
  text: string;
  disabled?: boolean;
  onChoose: () => void;
}

function Choice({ icon, title, text, disabled, onChoose }: ChoiceProps) {
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onChoose}
      className="flex items-start gap-3 rounded-xl p-4 text-left ring-1 ring-line-strong ring-inset transition-colors duration-100 enabled:hover:bg-accent-soft enabled:hover:ring-accent disabled:opacity-60"
    >
      <span className="mt-0.5 text-accent">{icon}</span>
      <span className="min-w-0">
        <span className="block font-semibold text-sm">{title}</span>
        <span className="mt-0.5 block text-pretty text-[13px] text-ink-2">{text}</span>
      </span>
    </button>
  );
}
