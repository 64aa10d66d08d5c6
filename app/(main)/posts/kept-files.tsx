'use client';

import { Trash2, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { classes } from '#app/components/ui/classes.ts';
import { useBytes } from '#app/components/ui/dates.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import type { PostPartsFragment } from '#generated/graphql/client/graphql.ts';

interface Props {
  files: PostPartsFragment['files'];
  /** Ids of files that go when the post is saved. */
  going: ReadonlySet<string>;
  onGoing: (going: ReadonlySet<string>) => void;
  busy: boolean;
}

/** The files that the post already has, each with a button to remove it, and to keep it after all. */
export function KeptFiles({ files, going, onGoing, busy }: Props) {
  const t = useTranslations('posts');
  const bytes = useBytes();
  const toggle = (id: string) => {
    const next = new Set(going);
    if (!next.delete(id)) next.add(id);
    onGoing(next);
  };
  return (
    <ul className="grid gap-1">
      {files.map(({ id, name, size }) => {
        const goes = going.has(id);
        return (
          <li
            key={id}
            className="flex items-center gap-3 rounded-lg bg-sunken px-3 py-1 text-[13px]"
          >
            <span className={classes('min-w-0 flex-1 truncate', goes && 'text-ink-3 line-through')}>
              {name}
            </span>
            <span className="shrink-0 text-ink-3 tabular-nums">
              {goes ? t('goesOnSave') : bytes(size)}
            </span>
            <IconButton
              label={t(goes ? 'keepFile' : 'removeFile', { name })}
              icon={
                goes ? (
                  <Undo2 aria-hidden className="size-3.5" />
                ) : (
                  <Trash2 aria-hidden className="size-3.5" />
                )
              }
              disabled={busy}
              danger={!goes}
              onClick={() => toggle(id)}
            />
          </li>
        );
      })}
    </ul>
  );
}
