'use client';

import { Archive } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { elementHref, elementIcons } from '#app/(main)/network/elements/element-paths.ts';
import { type Problem, problemOf } from '#app/data/problem.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { SearchDocument, type SearchQuery } from '#generated/graphql/client/graphql.ts';
import type { HitGroup } from './found.ts';

const SETTLE_MS = 150;
const OF_EACH = 6;

const kinds = ['PROJECT', 'POLE', 'BOX', 'CABLE', 'CLIENT'] as const;

interface Answer {
  /** What was searched for. */
  readonly text: string;
  readonly found: SearchQuery['search'] | null;
  readonly problem: Problem | null;
}

/** What the server finds once typing pauses. Answers to earlier texts stay until then. */
export function useFound(text: string) {
  const client = useClient();
  const [answer, setAnswer] = useState<Answer>({ text: '', found: null, problem: null });
  useEffect(() => {
    if (text === '') {
      setAnswer({ text: '', found: null, problem: null });
      return;
    }
    let current = true;
    const timer = setTimeout(async () => {
      const variables = { text, first: OF_EACH };
      const { data, error } = await client
        .query(SearchDocument, variables, { requestPolicy: 'network-only' })
        .toPromise();
      const problem = error ? problemOf(error) : null;
      if (current) setAnswer({ text, found: data?.search ?? null, problem });
    }, SETTLE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, text]);
  return {
    groups: useGroups(answer.found),
    searching: answer.text !== text,
    complete: answer.found?.complete ?? true,
    problem: answer.problem,
  };
}

function useGroups(found: SearchQuery['search'] | null): HitGroup[] {
  const t = useTranslations('search');
  const network = useTranslations('network');
  const backupName = useBackupName();
  const moment = useMoment();
  if (!found) return [];
  const elements = kinds.map((kind) => ({
    key: kind,
    title: network(`kinds.${kind}`),
    hits: found.elements
      .filter((element) => element.kind === kind)
      .map(({ id, name, address }) => ({
        key: id,
        title: name,
        detail: address,
        icon: elementIcons[kind],
        href: elementHref(kind, id),
      })),
  }));
  const backups = found.backups.map((backup) => ({
    key: backup.id,
    title: backupName(backup),
    detail: moment(backup.createdAt),
    icon: Archive,
    href: `/backup?backup=${backup.id}`,
  }));
  return [...elements, { key: 'backups', title: t('backups'), hits: backups }];
}
