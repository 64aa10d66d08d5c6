'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { Badge } from '#app/components/ui/badge.tsx';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import {
  type CablePartsFragment,
  CablesDocument,
  type DeploymentStatus,
} from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { statusFieldOf, useListFilter } from '../elements/list-address.ts';
import { deploymentTones } from '../elements/tones.ts';
import { cableKit } from './cable-kit.ts';

const statuses = statusFieldOf(cableKit)?.values ?? [];

export function Cables() {
  const filter = useListFilter<DeploymentStatus>(statuses);
  const list = useConnection(CablesDocument, filter, (data) => data.cables, { keeps: true });
  const columns = useColumns();
  return <ElementList kit={cableKit} list={list} columns={columns} />;
}

function useColumns(): readonly Column<CablePartsFragment>[] {
  const t = useTranslations('network');
  const format = useFormatter();
  return [
    {
      key: 'cableType',
      header: t('fields.cableType'),
      cell: (cable) => <span className="text-ink-2">{t(`options.cableType.${cable.type}`)}</span>,
      from: '2xl',
    },
    {
      key: 'ends',
      header: t('ends'),
      cell: (cable) => (
        <span className="block max-w-80 truncate text-ink-2">
          {[cable.fromBox?.name, cable.toBox?.name].filter(Boolean).join(' → ')}
        </span>
      ),
      from: 'lg',
    },
    {
      key: 'fiberCount',
      header: t('fibers'),
      cell: (cable) => format.number(cable.fiberCount),
      align: 'right',
      from: 'sm',
    },
    {
      key: 'lengthMeters',
      header: t('length'),
      cell: (cable) =>
        format.number(cable.lengthMeters, {
          style: 'unit',
          unit: 'meter',
          maximumFractionDigits: 0,
        }),
      align: 'right',
      from: 'md',
      className: 'whitespace-nowrap',
    },
    {
      key: 'deploymentStatus',
      header: t('fields.deploymentStatus'),
      cell: (cable) => (
        <Badge tone={deploymentTones[cable.deploymentStatus]}>
          {t(`options.deployment.${cable.deploymentStatus}`)}
        </Badge>
      ),
    },
  ];
}
