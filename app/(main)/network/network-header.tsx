'use client';

import { Tags } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { NetworkSummaryDocument } from '../../../generated/graphql/client/graphql.ts';
import { PageHeader } from '../../components/shell/page-header.tsx';
import { Button } from '../../components/ui/button.tsx';
import { classes } from '../../components/ui/classes.ts';
import { SideScroller } from '../../components/ui/side-scroller.tsx';
import { useJobEnd } from '../../data/jobs.tsx';
import { useMay } from '../../session/me-context.tsx';
import { TagsDialog } from './tags/tags-dialog.tsx';

const tabs = [
  { key: 'projects', kind: 'PROJECT' },
  { key: 'poles', kind: 'POLE' },
  { key: 'boxes', kind: 'BOX' },
  { key: 'cables', kind: 'CABLE' },
  { key: 'clients', kind: 'CLIENT' },
] as const;

/** The kinds of elements, and how many there are of each. */
export function NetworkHeader() {
  const t = useTranslations('network');
  const may = useMay();
  const [managingTags, setManagingTags] = useState(false);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        {may('network.edit') && (
          <Button
            icon={<Tags aria-hidden className="size-4" />}
            onClick={() => setManagingTags(true)}
          >
            {t('tags')}
          </Button>
        )}
      </PageHeader>
      <KindTabs />
      {managingTags && <TagsDialog onClose={() => setManagingTags(false)} />}
    </>
  );
}

function KindTabs() {
  const t = useTranslations('network');
  const format = useFormatter();
  const path = usePathname();
  const [{ data }, read] = useQuery({ query: NetworkSummaryDocument });
  useJobEnd((job) => {
    if (job.kind === 'SAMPLE') read({ requestPolicy: 'network-only' });
  });
  return (
    <SideScroller label={t('kindsLabel')} className="mb-5 border-line border-b">
      <ul className="flex w-max gap-1">
        {tabs.map(({ key, kind }) => {
          const here = path === `/network/${key}`;
          return (
            <li key={key}>
              <Link
                href={`/network/${key}`}
                aria-current={here ? 'page' : undefined}
                className={classes(
                  'flex items-center gap-2 whitespace-nowrap rounded-t-md border-b-2 px-3 py-2.5 font-medium text-sm -outline-offset-2',
                  here
                    ? 'border-accent text-ink'
                    : 'border-transparent text-ink-2 hover:border-line-strong hover:text-ink',
                )}
              >
                {t(`kinds.${kind}`)}
                {data && (
                  <span className="rounded-full bg-sunken px-1.5 text-ink-3 text-xs tabular-nums">
                    {format.number(data.networkSummary[key], { notation: 'compact' })}
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </SideScroller>
  );
}
