'use client';

import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { useQuery } from 'urql';
import { Badge } from '#app/components/ui/badge.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { keptQuery } from '#app/offline/offline-worker.ts';
import {
  type BoxPartsFragment,
  BoxPortsDocument,
  type BoxPortsQuery,
} from '#generated/graphql/client/graphql.ts';
import { elementHref } from './element-paths.ts';
import { clientTones } from './tones.ts';

interface Props {
  box: BoxPartsFragment;
  /** Counts what was changed on this page: the ports are read again. */
  changes: number;
}

type Port = NonNullable<BoxPortsQuery['box']>['portTable'][number];

/** Each port of a box: free, or the client that has it. Nothing where nobody said how many it has. */
export function PortTable({ box, changes }: Props) {
  const t = useTranslations('network');
  const [{ data }, read] = useQuery({
    query: BoxPortsDocument,
    variables: { id: box.id },
    requestPolicy: 'cache-and-network',
    context: keptQuery,
  });
  useNetworkChange(() => read({ requestPolicy: 'network-only' }));
  useEffect(() => {
    if (changes > 0) read({ requestPolicy: 'network-only' });
  }, [changes, read]);
  if (box.ports == null) return null;
  const { portTable = [], freePorts } = data?.box ?? {};
  return (
    <Panel
      title={t('fields.ports')}
      aside={
        freePorts != null && (
          <Badge tone={freePorts > 0 ? 'good' : 'warn'}>
            {t('portsFree', { free: freePorts, ports: box.ports })}
          </Badge>
        )
      }
    >
      <ol className="grid gap-x-6 sm:grid-cols-2">
        {portTable.map((port) => (
          <PortRow key={port.port} row={port} beyond={port.port > (box.ports ?? 0)} />
        ))}
      </ol>
    </Panel>
  );
}

function PortRow({ row, beyond }: { row: Port; beyond: boolean }) {
  const t = useTranslations('network');
  const { port, clients } = row;
  return (
    <li className="flex min-h-11 min-w-0 items-center gap-3 border-line border-b py-1 text-sm">
      <span className="w-8 shrink-0 text-right font-semibold text-ink-2 tabular-nums">
        <span className="sr-only">{t('element.port', { port })}</span>
        <span aria-hidden>{port}</span>
      </span>
      <span className="grid min-w-0 flex-1">
        {clients.length === 0 && <span className="text-ink-3">{t('element.freePort')}</span>}
        {clients.map((client) => (
          <span key={client.id} className="flex min-w-0 items-center gap-2">
            <Link
              href={elementHref('CLIENT', client.id)}
              className="min-w-0 flex-1 truncate py-2 font-medium hover:text-accent hover:underline"
            >
              {client.name}
            </Link>
            <Badge tone={clientTones[client.status]}>
              {t(`options.clientStatus.${client.status}`)}
            </Badge>
          </span>
        ))}
        {beyond && <span className="pb-1 text-warn text-xs">{t('element.beyondPorts')}</span>}
      </span>
    </li>
  );
}
