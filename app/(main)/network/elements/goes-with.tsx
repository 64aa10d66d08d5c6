'use client';

import { CircleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Link } from '#app/components/ui/link.tsx';
import { ProjectContentsDocument } from '#generated/graphql/client/graphql.ts';
import type { ElementKind, ElementRow } from './kit.ts';

/** Says what deleting an element also deletes, and what must be deleted first. */
export function GoesWith({ kind, row }: { kind: ElementKind; row: ElementRow }) {
  const t = useTranslations('network');
  return (
    <>
      <p>{t('deleteText')}</p>
      {row.postCount > 0 && <p>{t('deletePosts', { count: row.postCount })}</p>}
      {kind === 'PROJECT' && <ProjectContents id={row.id} />}
    </>
  );
}

const parts = ['poles', 'boxes', 'cables', 'clients'] as const;

/** A project with elements cannot be deleted: says how many there are of each, with links. */
function ProjectContents({ id }: { id: string }) {
  const t = useTranslations('network');
  const [{ data }] = useQuery({
    query: ProjectContentsDocument,
    variables: { id },
    requestPolicy: 'network-only',
  });
  const held = parts.filter((part) => data && data[part].totalCount > 0);
  if (!data || held.length === 0) return null;
  return (
    <div className="flex gap-2.5 rounded-lg bg-warn-soft px-3 py-2.5 text-warn">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p>{t('deleteHolds')}</p>
        <ul className="mt-1 flex flex-wrap gap-x-3 gap-y-1 font-medium">
          {held.map((part) => (
            <li key={part}>
              <Link
                href={`/network/${part}?project=${id}`}
                className="underline underline-offset-4"
              >
                {t(`holds.${part}`, { count: data[part].totalCount })}
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
