'use client';

import { Check } from 'lucide-react';
import { useFormatter, useTimeZone, useTranslations } from 'next-intl';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useMay } from '#app/session/me-context.tsx';
import { type PostPartsFragment, UpdatePostDocument } from '#generated/graphql/client/graphql.ts';

interface Props {
  post: PostPartsFragment;
  onChanged: () => void;
}

/** Whether the post is work, by when, and one tap to say that it is done. Nothing for a note. */
export function PostWork({ post, onChanged }: Props) {
  const t = useTranslations('posts.work');
  const format = useFormatter();
  const timeZone = useTimeZone();
  const may = useMay();
  const toast = useToast();
  const { send } = useSendOrToast(UpdatePostDocument);
  if (post.work === 'NONE') return null;
  const mark = async (work: 'OPEN' | 'DONE') => {
    if (!(await send({ id: post.id, input: { work } }))) return false;
    onChanged();
    return true;
  };
  const done = async () => {
    if (!(await mark('DONE'))) return;
    const action = { label: t('reopen'), onSelect: () => void mark('OPEN') };
    toast({ tone: 'good', title: t('marked', { title: post.title }), action });
  };
  const isOverdue = post.work === 'OPEN' && !!post.dueOn && post.dueOn < today(timeZone);
  const due = post.dueOn && format.dateTime(dayOf(post.dueOn), dayStyle);
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <Badge tone={post.work === 'DONE' ? 'good' : isOverdue ? 'danger' : 'warn'}>
        {t(isOverdue ? 'overdue' : post.work)}
        {due && ` · ${t('by', { date: due })}`}
      </Badge>
      {post.work === 'OPEN' && may('network.edit') && (
        <Button
          size="small"
          className="max-sm:h-11"
          icon={<Check aria-hidden className="size-4" />}
          aria-label={t('doneNamed', { title: post.title })}
          onClick={() => void done()}
        >
          {t('done')}
        </Button>
      )}
    </div>
  );
}

/** A day has no zone: it is the same wherever it is read. */
const dayStyle = { dateStyle: 'medium', timeZone: 'UTC' } as const;
const dayOf = (date: string) => new Date(`${date}T00:00:00Z`);

/** Today's date where the schedule runs, such as 2026-11-22. */
function today(timeZone: string | undefined): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date());
}
