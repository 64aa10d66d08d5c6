'use client';

import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useBytes } from '#app/components/ui/dates.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  DeletePostFileDocument,
  type PostPartsFragment,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  files: PostPartsFragment['files'];
  onChanged: () => void;
}

/** The files that the post already has, each with a button to remove it. */
export function KeptFiles({ files, onChanged }: Props) {
  const t = useTranslations('posts');
  const bytes = useBytes();
  const [gone, setGone] = useState<readonly string[]>([]);
  const { send, sending, problem } = useSend(DeletePostFileDocument);
  const take = async (id: string) => {
    if (!(await send({ id }))) return;
    setGone((ids) => [...ids, id]);
    onChanged();
  };
  return (
    <ul className="grid gap-1">
      {files
        .filter((file) => !gone.includes(file.id))
        .map((file) => (
          <li
            key={file.id}
            className="flex items-center gap-3 rounded-lg bg-sunken px-3 py-1 text-[13px]"
          >
            <span className="min-w-0 flex-1 truncate">{file.name}</span>
            <span className="shrink-0 text-ink-3 tabular-nums">{bytes(file.size)}</span>
            <IconButton
              label={t('removeFile', { name: file.name })}
              icon={<Trash2 aria-hidden className="size-3.5" />}
              disabled={sending}
              danger
              onClick={() => void take(file.id)}
            />
          </li>
        ))}
      <ProblemNote problem={problem} />
    </ul>
  );
}
