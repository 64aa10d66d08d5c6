'use client';

import { Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { useFocusReturn } from '../ui/use-focus-return.ts';
import type { Hit } from './found.ts';
import { HitList, optionId } from './hit-list.tsx';
import { useFound } from './use-found.ts';
import { usePlaces } from './use-places.ts';

/** Finds everything by a few words: the WAI-ARIA combobox with grouped options (APG), in a dialog. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('search');
  const returnFocus = useFocusReturn();
  return (
    <Dialog.Root open onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={returnFocus}
          className="fixed inset-x-0 top-0 z-50 mx-auto flex max-h-dvh w-full max-w-xl animate-rise flex-col bg-surface shadow-floating outline-none sm:top-[12vh] sm:max-h-[70vh] sm:rounded-xl"
        >
          <Dialog.Title className="sr-only">{t('title')}</Dialog.Title>
          <SearchBox onClose={onClose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function SearchBox({ onClose }: { onClose: () => void }) {
  const t = useTranslations('search');
  const common = useTranslations('common');
  const listId = useId();
  const box = useSearchBox(onClose);
  const { typed, groups, hits, active, searching, complete, problem } = box;
  return (
    <>
      <div className="flex h-14 shrink-0 items-center gap-3 border-line border-b pr-2 pl-4">
        {searching ? <Spinner /> : <Search aria-hidden className="size-4 text-ink-3" />}
        <input
          role="combobox"
          aria-label={t('title')}
          aria-expanded={hits.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={hits[active] ? optionId(listId, active) : undefined}
          autoComplete="off"
          enterKeyHint="go"
          maxLength={200}
          placeholder={t('placeholder')}
          value={typed}
          onChange={(event) => box.type(event.target.value)}
          onKeyDown={box.onKeyDown}
          className="h-full min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-ink-3"
        />
        <Dialog.Close className="h-11 shrink-0 rounded-md px-3 text-[13px] text-ink-2 hover:bg-sunken hover:text-ink">
          {common('close')}
        </Dialog.Close>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-2">
        <HitList id={listId} label={t('results')} groups={groups} active={active} onGo={box.go} />
        <div role="status" className="text-ink-3 text-sm">
          {!searching && hits.length === 0 && (
            <p className="px-3 py-8 text-center [overflow-wrap:anywhere]">
              {t('nothing', { text: typed.trim() })}
            </p>
          )}
          {!complete && <p className="px-3 py-2 text-pretty">{t('incomplete')}</p>}
        </div>
        <ProblemNote problem={problem} />
      </div>
      <p className="hidden shrink-0 border-line border-t bg-sunken px-4 py-2 text-ink-3 text-xs sm:block sm:rounded-b-xl">
        {t.rich('hint', { k: (key: ReactNode) => <Key>{key}</Key> })}
      </p>
    </>
  );
}

function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="mr-0.5 rounded border border-line-strong bg-surface px-1 font-sans text-[11px]">
      {children}
    </kbd>
  );
}

/** What is typed, what fits, and what keys do. */
function useSearchBox(onClose: () => void) {
  const router = useRouter();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const { groups: found, ...state } = useFound(typed.trim());
  const places = usePlaces(typed);
  // Without a word the pages come first; with one, what was found.
  const groups = (typed.trim() === '' ? [...places].reverse() : [...found, ...places]).filter(
    ({ hits }) => hits.length > 0,
  );
  const hits = groups.flatMap((group) => group.hits);
  const at = Math.min(active, Math.max(0, hits.length - 1));
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    router.push(hit.href);
  };
  const type = (text: string) => {
    setTyped(text);
    setActive(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = hits.length - 1;
    const to: Record<string, number> = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at === 0 ? last : at - 1,
      PageDown: Math.min(last, at + 8),
      PageUp: Math.max(0, at - 8),
    };
    const next = to[event.key];
    if (next === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    if (next === undefined) go(hits[at]);
    else setActive(Math.max(0, next));
  };
  return { typed, type, groups, hits, active: at, go, onKeyDown, ...state };
}
