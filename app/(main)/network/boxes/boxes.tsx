'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { Badge } from '#app/components/ui/badge.tsx';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import {
  BoxesDocument,
  type BoxPartsFragment,
  type DeploymentStatus,
} from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { statusFieldOf, useListFilter } from '../elements/list-address.ts';
import { deploymentTones } from '../elements/tones.ts';
import { boxKit } from './box-kit.ts';

const statuses = statusFieldOf(boxKit)?.values ?? [];

export function Boxes() {
  const filter = useListFilter<DeploymentStatus>(statuses);
  const list = useConnection(BoxesDocument, filter, (data) => data.boxes, { keeps: true });
  const columns = useColumns();
  return <ElementList kit={boxKit} list={list} columns={columns} />;
}

function FreePorts({ free }: { free: number }) {
  const format = useFormatter();
  return (
    <span className={free === 0 ? 'font-medium text-warn' : 'text-ink-2'}>
      {format.number(free)}
    </span>
  );
}

function useColumns(): readonly Column<BoxPartsFragment>[] {
  const t = useTranslations('network');
  const format = useFormatter();
  return [
    {
      key: 'boxType',
      header: t('fields.boxType'),
      cell: (box) => <span className="text-ink-2">{t(`options.boxType.${box.type}`)}</span>,
      from: 'md',
    },
    {
      key: 'level',
      header: t('fields.level'),
      cell: (box) => format.number(box.level),
      align: 'right',
      from: 'xl',
    },
    {
      key: 'freePorts',
      header: t('freePorts'),
      cell: (box) => box.freePorts != null && <FreePorts free={box.freePorts} />,
      align: 'right',
      from: 'md',
    },
    {
      key: 'poleId',
      header: t('fields.poleId'),
      cell: (box) => <span className="block max-w-44 truncate text-ink-2">{box.pole?.name}</span>,
      from: 'lg',
    },
    {
      key: 'deploymentStatus',
      header: t('fields.deploymentStatus'),
      cell: (box) => (
        <Badge tone={deploymentTones[box.deploymentStatus]}>
          {t(`options.deployment.${box.deploymentStatus}`)}
        </Badge>
      ),
    },
  ];
}
