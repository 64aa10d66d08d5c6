'use client';

import { useTranslations } from 'next-intl';
import { Badge } from '#app/components/ui/badge.tsx';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import {
  type LicensingStatus,
  type PolePartsFragment,
  PolesDocument,
} from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { statusFieldOf, useListFilter } from '../elements/list-address.ts';
import { licensingTones } from '../elements/tones.ts';
import { poleKit } from './pole-kit.ts';

const statuses = statusFieldOf(poleKit)?.values ?? [];

export function Poles() {
  const filter = useListFilter<LicensingStatus>(statuses);
  const list = useConnection(PolesDocument, filter, (data) => data.poles, { keeps: true });
  const columns = useColumns();
  return <ElementList kit={poleKit} list={list} columns={columns} />;
}

function useColumns(): readonly Column<PolePartsFragment>[] {
  const t = useTranslations('network');
  return [
    {
      key: 'type',
      header: t('fields.type'),
      cell: (pole) => pole.type,
      from: '2xl',
      className: 'whitespace-nowrap text-ink-2',
    },
    {
      key: 'address',
      header: t('fields.address'),
      cell: (pole) => (
        <span className="line-clamp-2 min-w-48 max-w-80 text-ink-2">{pole.address}</span>
      ),
      from: 'md',
    },
    {
      key: 'licensingStatus',
      header: t('fields.licensingStatus'),
      cell: (pole) => (
        <Badge tone={licensingTones[pole.licensingStatus]}>
          {t(`options.licensing.${pole.licensingStatus}`)}
        </Badge>
      ),
    },
  ];
}
