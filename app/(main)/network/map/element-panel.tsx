'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useRef } from 'react';
import { TagChip } from '#app/components/ui/badge.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { focusQuietly } from '#app/components/ui/use-focus-return.ts';
import type { TagPartsFragment } from '#generated/graphql/client/graphql.ts';
import type { ElementAt, LayerName } from './map-address.ts';

/** One fact: its label and what it is; without text it is left out. */
export type Fact = readonly [label: string, text: ReactNode];

interface Props {
  element: ElementAt;
  /** Null while it is read, or where it is gone. */
  row: { readonly name: string; readonly tags: readonly TagPartsFragment[] } | null;
  reading: boolean;
  badge: ReactNode;
  facts: readonly Fact[];
  /** Whether somebody opened it by hand: it then takes the focus. */
  takesFocus: boolean;
  onClose: () => void;
}

/** What an element is: a card on the map, a sheet from below on small screens. */
export function ElementPanel(props: Props) {
  const { element, row, reading, badge, facts, takesFocus, onClose } = props;
  const t = useTranslations('map');
  const close = useRef<HTMLButtonElement>(null);
  const wants = useRef(takesFocus);
  wants.current = takesFocus;
  useEffect(() => {
    if (element.id && wants.current && close.current) focusQuietly(close.current);
  }, [element.id]);
  return (
    <section
      aria-label={row?.name ?? t(`one.${element.layer}`)}
      aria-busy={reading}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
      className="absolute inset-x-0 bottom-0 z-20 max-h-[65%] animate-rise overflow-y-auto rounded-t-2xl bg-surface p-4 shadow-floating sm:inset-x-auto sm:top-3 sm:right-3 sm:bottom-auto sm:max-h-[calc(100%-1.5rem)] sm:w-80 sm:rounded-xl"
    >
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <p className="text-ink-3 text-xs">{t(`one.${element.layer}`)}</p>
          <h2 className="font-semibold text-base tracking-tight [overflow-wrap:anywhere]">
            {row?.name ?? (reading ? t('reading') : t('gone'))}
          </h2>
        </div>
        <IconButton
          ref={close}
          label={t('close')}
          icon={<X aria-hidden className="size-4" />}
          className="-mt-1 -mr-1 size-11! sm:size-8!"
          onClick={onClose}
        />
      </div>
      {row && (
        <>
          <div className="mt-2 flex flex-wrap gap-1.5">
            {badge}
            {row.tags.map((tag) => (
              <TagChip key={tag.id} name={tag.name} color={tag.color} />
            ))}
          </div>
          <Facts facts={facts} />
          <Links element={element} />
        </>
      )}
    </section>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  const told = facts.filter(([, text]) => text !== null && text !== undefined && text !== '');
  return (
    <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
      {told.map(([label, text]) => (
        <div key={label} className="contents">
          <dt className="text-ink-3">{label}</dt>
          <dd className="min-w-0 text-right [overflow-wrap:anywhere]">{text}</dd>
        </div>
      ))}
    </dl>
  );
}

const LINK =
  'inline-flex h-11 flex-1 items-center justify-center rounded-md px-3 font-medium text-sm sm:h-9';

function Links({ element }: { element: ElementAt }) {
  const t = useTranslations('map');
  return (
    <div className="mt-4 flex gap-2">
      <Link
        href={`/network/${element.layer}/${element.id}`}
        className={`${LINK} bg-accent text-on-accent hover:bg-accent-strong`}
      >
        {t('openPage')}
      </Link>
      <Link
        href={`/network/${element.layer}`}
        className={`${LINK} text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken`}
      >
        {t(`all.${element.layer satisfies LayerName}`)}
      </Link>
    </div>
  );
}
