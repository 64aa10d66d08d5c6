'use client';

import { FileUp, Tags } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Button, ButtonLink } from '#app/components/ui/button.tsx';
import { TabBar } from '#app/components/ui/tab-bar.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { useMay } from '#app/session/me-context.tsx';
import { NetworkSummaryDocument } from '#generated/graphql/client/graphql.ts';
import { ExportButton } from './elements/export-button.tsx';
import type { ShownList } from './elements/export-dialog.tsx';
import { useListNarrowing } from './elements/list-address.ts';
import { TagsDialog } from './tags/tags-dialog.tsx';

const tabs = [
  { key: 'projects', kind: 'PROJECT' },
  { key: 'poles', kind: 'POLE' },
  { key: 'boxes', kind: 'BOX' },
  { key: 'cables', kind: 'CABLE' },
  { key: 'clients', kind: 'CLIENT' },
] as const;

/** Jobs that change how many elements there are. */
const writing = ['SAMPLE', 'APPLY_IMPORT', 'UNDO_IMPORT'];

/** `/network/poles/…`: the page of one element has a title of its own. */
const ELEMENT_PATH = /^\/network\/[a-z]+\/./;

/** Tabs for the kinds of elements, with the number of each. */
export function NetworkHeader() {
  return ELEMENT_PATH.test(usePathname()) ? null : <Header />;
}

function Header() {
  const t = useTranslations('network');
  const may = useMay();
  const [managingTags, setManagingTags] = useState(false);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        {may('network.import') && (
          <ButtonLink href="/network/import" icon={<FileUp aria-hidden className="size-4" />}>
            {t('import')}
          </ButtonLink>
        )}
        <ExportButton title={t('export.title')} list={useShownList()} filter={{}} />
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

/** Counting reads whole tables. */
const COUNT_PAUSE_MS = 15_000;

/** The list below the header, with what narrows it; null on the map. */
function useShownList(): ShownList | null {
  const path = usePathname();
  const [{ search, project, tag, status }] = useListNarrowing();
  const kind = tabs.find(({ key }) => path === `/network/${key}`)?.kind;
  if (!kind) return null;
  const narrowing = { search, projectId: project, tagId: tag, status };
  const narrowed = Object.entries(narrowing).filter(([, value]) => value);
  return {
    kind,
    narrowed: narrowed.length > 0,
    filter: { kinds: [kind], ...Object.fromEntries(narrowed) },
  };
}

function KindTabs() {
  const t = useTranslations('network');
  const format = useFormatter();
  const [{ data }, read] = useQuery({ query: NetworkSummaryDocument });
  useNetworkChange(() => read({ requestPolicy: 'network-only' }), { pauseMs: COUNT_PAUSE_MS });
  useJobEnd((job) => {
    if (writing.includes(job.kind)) read({ requestPolicy: 'network-only' });
  });
  const shown = tabs.map(({ key, kind }) => ({
    href: `/network/${key}`,
    text: t(`kinds.${kind}`),
    count: data && format.number(data.networkSummary[key], { notation: 'compact' }),
  }));
  return (
    <TabBar label={t('kindsLabel')} tabs={[...shown, { href: '/network/map', text: t('map') }]} />
  );
}
