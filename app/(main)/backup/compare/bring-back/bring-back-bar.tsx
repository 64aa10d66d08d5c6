'use client';

import { Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import type { Compare } from '../compare-types.ts';
import { askedFor, choosesKind, type Selection, sizeOf } from '../use-selection.ts';
import { BringBackDialog } from './bring-back-dialog.tsx';
import { type Deeds, defaultDeeds } from './deeds.ts';

interface Props {
  compare: Compare;
  selection: Selection;
  onClear: () => void;
}

/** How much is chosen, what shall be done with it, and the button to see what that would do. */
export function BringBackBar({ compare, selection, onClear }: Props) {
  const t = useTranslations('bringBack');
  const [deeds, setDeeds] = useState<Deeds>(defaultDeeds);
  const [asked, setAsked] = useState(false);
  const set = (change: Partial<Deeds>) => setDeeds({ ...deeds, ...change });
  return (
    <section
      aria-label={t('bar')}
      className="sticky bottom-0 z-10 -mx-2 grid gap-3 rounded-t-xl bg-surface px-4 py-3 shadow-floating sm:mx-0 sm:mb-3 sm:rounded-xl"
    >
      <div className="flex flex-wrap items-start gap-x-6 gap-y-2">
        <fieldset className="flex min-w-0 flex-1 basis-72 flex-wrap gap-x-5 gap-y-1.5">
          <legend className="sr-only">{t('deeds')}</legend>
          <CheckField
            label={t('create')}
            checked={deeds.create}
            onChange={(create) => set({ create })}
          />
          <CheckField
            label={t('update')}
            checked={deeds.update}
            onChange={(update) => set({ update })}
          />
          <CheckField
            label={t('remove')}
            checked={deeds.remove}
            onChange={(remove) => set({ remove })}
          />
          {deeds.update && (
            <CheckField
              label={t('wholeRows')}
              checked={deeds.wholeRows}
              onChange={(wholeRows) => set({ wholeRows })}
            />
          )}
        </fieldset>
        <div className="flex flex-1 flex-wrap items-center justify-end gap-2">
          <p role="status" className="mr-auto text-sm tabular-nums sm:mr-2">
            {t('chosen', { count: sizeOf(selection) })}
          </p>
          <Button look="quiet" onClick={onClear}>
            {t('clear')}
          </Button>
          <Button
            look="primary"
            icon={<Undo2 aria-hidden className="size-4" />}
            disabled={!deeds.create && !deeds.update && !deeds.remove}
            onClick={() => setAsked(true)}
          >
            {t('open')}
          </Button>
        </div>
      </div>
      <UntickedHint selection={selection} deeds={deeds} />
      {asked && (
        <BringBackDialog
          compare={compare}
          selection={askedFor(selection)}
          deeds={deeds}
          onClose={() => setAsked(false)}
          onDone={onClear}
        />
      )}
    </section>
  );
}

/** Says which ticks are missing for what is chosen. */
function UntickedHint({ selection, deeds }: { selection: Selection; deeds: Deeds }) {
  const t = useTranslations('bringBack');
  const hints = [
    ...(choosesKind(selection, 'REMOVED') && !deeds.create ? [t('hintCreate')] : []),
    ...(choosesKind(selection, 'CHANGED') && !deeds.update ? [t('hintUpdate')] : []),
    ...(choosesKind(selection, 'ADDED') && !deeds.remove ? [t('hintRemove')] : []),
  ];
  if (hints.length === 0) return null;
  return (
    <ul className="grid gap-0.5 text-[13px] text-warn">
      {hints.map((hint) => (
        <li key={hint}>{hint}</li>
      ))}
    </ul>
  );
}
