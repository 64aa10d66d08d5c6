'use client';

import { useTranslations } from 'next-intl';
import { Badge } from '#app/components/ui/badge.tsx';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import {
  type ClientPartsFragment,
  type ClientStatus,
  ClientsDocument,
} from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { statusFieldOf, useListFilter } from '../elements/list-address.ts';
import { clientTones } from '../elements/tones.ts';
import { clientKit } from './client-kit.ts';

const statuses = statusFieldOf(clientKit)?.values ?? [];

export function Clients() {
  const filter = useListFilter<ClientStatus>(statuses);
  const list = useConnection(ClientsDocument, filter, (data) => data.clients, { keeps: true });
  const columns = useColumns();
  return <ElementList kit={clientKit} list={list} columns={columns} />;
}

function useColumns(): readonly Column<ClientPartsFragment>[] {
  const t = useTranslations('network');
  return [
    {
      key: 'address',
      header: t('fields.address'),
      cell: (client) => (
        <span className="line-clamp-2 min-w-40 max-w-80 text-ink-2">{client.address}</span>
      ),
      from: 'md',
    },
    {
      key: 'plan',
      header: t('fields.plan'),
      cell: (client) => <span className="text-ink-2">{client.plan}</span>,
      from: '2xl',
    },
    {
      key: 'box',
      header: t('fields.boxId'),
      cell: (client) => (
        <span className="block max-w-44 truncate whitespace-nowrap text-ink-2">
          {client.box?.name}
          {client.box && client.port != null && ` · ${client.port}`}
        </span>
      ),
      from: 'lg',
    },
    {
      key: 'status',
      header: t('fields.status'),
      cell: (client) => (
        <Badge tone={clientTones[client.status]}>
          {t(`options.clientStatus.${client.status}`)}
        </Badge>
      ),
    },
  ];
}
