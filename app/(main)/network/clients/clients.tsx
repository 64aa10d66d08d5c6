'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '#app/components/ui/badge.tsx';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { type ClientPartsFragment, ClientsDocument } from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { clientTones } from '../elements/tones.ts';
import { clientKit } from './client-kit.ts';

export function Clients() {
  const [search, setSearch] = useState('');
  const filter = { search: search === '' ? null : search };
  const list = useConnection(ClientsDocument, filter, (data) => data.clients);
  const columns = useColumns();
  return (
    <ElementList
      kit={clientKit}
      list={list}
      search={search}
      onSearch={setSearch}
      columns={columns}
    />
  );
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
