'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { type ReactNode, useEffect } from 'react';
import { type DocumentInput, useQuery } from 'urql';
import { Badge } from '#app/components/ui/badge.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { keptQuery } from '#app/offline/offline-worker.ts';
import {
  BoxNeighborsDocument,
  type BoxPartsFragment,
  type CablePartsFragment,
  ClientNeighborsDocument,
  type ClientPartsFragment,
  type ElementKind,
  PoleNeighborsDocument,
  ProjectContentsDocument,
} from '#generated/graphql/client/graphql.ts';
import { elementIcons, listHref } from './element-paths.ts';
import type { ElementRow } from './kit.ts';
import { NeighborGroup, NeighborLink } from './neighbor-list.tsx';
import { PortTable } from './port-table.tsx';
import { clientTones, deploymentTones } from './tones.ts';

interface Props {
  kind: ElementKind;
  row: ElementRow;
  /** Counts what was changed on this page: the neighbors are read again. */
  changes: number;
}

/** What the element is connected to, as links. */
export function Neighbors({ kind, row, changes }: Props) {
  switch (kind) {
    case 'PROJECT':
      return <ProjectContents id={row.id} />;
    case 'POLE':
      return <PoleBoxes id={row.id} />;
    case 'BOX':
      return (
        <>
          <PortTable box={row as BoxPartsFragment} changes={changes} />
          <BoxConnections box={row as BoxPartsFragment} />
        </>
      );
    case 'CABLE':
      return <CableEnds cable={row as CablePartsFragment} />;
    case 'CLIENT':
      return <ClientBox client={row as ClientPartsFragment} changes={changes} />;
  }
}

/** The answer for one element, fresh each time the page is opened. */
function useNeighbors<Data>(document: DocumentInput<Data, { id: string }>, id: string) {
  return useQuery({
    query: document,
    variables: { id },
    requestPolicy: 'cache-and-network',
    context: keptQuery,
  });
}

const parts = [
  { key: 'poles', kind: 'POLE' },
  { key: 'boxes', kind: 'BOX' },
  { key: 'cables', kind: 'CABLE' },
  { key: 'clients', kind: 'CLIENT' },
] as const;

/** How much a project has, each count leading to the list of just that. */
function ProjectContents({ id }: { id: string }) {
  const t = useTranslations('network');
  const format = useFormatter();
  const [{ data }] = useNeighbors(ProjectContentsDocument, id);
  return (
    <Panel title={t('element.contents')}>
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {parts.map(({ key, kind }) => {
          const Icon = elementIcons[kind];
          return (
            <li key={key}>
              <Link
                href={`${listHref(kind)}?project=${id}`}
                className="flex flex-col gap-2 rounded-lg bg-sunken p-3.5 ring-1 ring-transparent ring-inset hover:ring-accent"
              >
                <Icon aria-hidden className="size-4 text-accent" />
                <span className="font-semibold text-xl tabular-nums leading-none">
                  {data ? format.number(data[key].totalCount) : '…'}
                </span>
                <span className="text-ink-2 text-xs">{t(`kinds.${kind}`)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function PoleBoxes({ id }: { id: string }) {
  const t = useTranslations('network');
  const [{ data }] = useNeighbors(PoleNeighborsDocument, id);
  return (
    <Panel title={t('element.onPole')}>
      <NeighborGroup list={data?.boxes} none={t('element.noBoxes')}>
        {(box) => (
          <NeighborLink
            kind="BOX"
            element={box}
            detail={t(`options.boxType.${box.type}`)}
            aside={
              <Badge tone={deploymentTones[box.deploymentStatus]}>
                {t(`options.deployment.${box.deploymentStatus}`)}
              </Badge>
            }
          />
        )}
      </NeighborGroup>
    </Panel>
  );
}

function BoxConnections({ box }: { box: BoxPartsFragment }) {
  const t = useTranslations('network.element');
  const option = useTranslations('network.options');
  const [{ data }] = useNeighbors(BoxNeighborsDocument, box.id);
  const otherEnd = (ends: { fromBox?: NamedRow | null; toBox?: NamedRow | null }) => {
    const other = ends.fromBox?.id === box.id ? ends.toBox : ends.fromBox;
    return other ? t('otherEnd', { name: other.name }) : t('openEnd');
  };
  return (
    <Panel title={t('connections')}>
      <div className="grid gap-6">
        {box.pole && <NeighborLink kind="POLE" element={box.pole} detail={t('kind.POLE')} />}
        <NeighborGroup title={t('cables')} list={data?.cables} none={t('noCables')}>
          {(cable) => (
            <NeighborLink
              kind="CABLE"
              element={cable}
              detail={`${t('fibers', { count: cable.fiberCount })} · ${otherEnd(cable)}`}
            />
          )}
        </NeighborGroup>
        <NeighborGroup
          title={t(box.ports == null ? 'clients' : 'clientsWithoutPort')}
          list={box.ports == null ? byPort(data?.clients) : withoutPort(data?.clients)}
          none={t(box.ports == null ? 'noClients' : 'noneWithoutPort')}
        >
          {(client) => (
            <NeighborLink
              kind="CLIENT"
              element={client}
              detail={client.port == null ? t('noPort') : t('port', { port: client.port })}
              aside={
                <Badge tone={clientTones[client.status]}>
                  {option(`clientStatus.${client.status}`)}
                </Badge>
              }
            />
          )}
        </NeighborGroup>
      </div>
    </Panel>
  );
}

interface NamedRow {
  readonly id: string;
  readonly name: string;
}

/** As a technician reads a box: by port, those without one last. */
function byPort<Row extends { port?: number | null }>(
  list: { nodes: Row[]; totalCount: number } | undefined,
) {
  if (!list) return undefined;
  const last = Number.POSITIVE_INFINITY;
  return { ...list, nodes: list.nodes.toSorted((a, b) => (a.port ?? last) - (b.port ?? last)) };
}

/** The others are in the table of ports. */
function withoutPort<Row extends { port?: number | null }>(list: { nodes: Row[] } | undefined) {
  if (!list) return undefined;
  const nodes = list.nodes.filter(({ port }) => port == null);
  return { nodes, totalCount: nodes.length };
}

function CableEnds({ cable }: { cable: CablePartsFragment }) {
  const t = useTranslations('network');
  const format = useFormatter();
  const { fromBox, toBox, computedLengthMeters } = cable;
  return (
    <Panel title={t('element.connections')}>
      {!fromBox && !toBox && <None text={t('element.noConnections')} />}
      <ul className="grid gap-2 sm:grid-cols-2">
        {fromBox && (
          <li className="min-w-0">
            <NeighborLink kind="BOX" element={fromBox} detail={t('fields.fromBoxId')} />
          </li>
        )}
        {toBox && (
          <li className="min-w-0">
            <NeighborLink kind="BOX" element={toBox} detail={t('fields.toBoxId')} />
          </li>
        )}
      </ul>
      {computedLengthMeters > 0 && (
        <p className="mt-3 text-ink-2 text-sm">
          {t('element.computedLength')}:{' '}
          <span className="tabular-nums">
            {format.number(computedLengthMeters, {
              style: 'unit',
              unit: 'meter',
              maximumFractionDigits: 1,
            })}
          </span>
        </p>
      )}
    </Panel>
  );
}

function ClientBox({ client, changes }: { client: ClientPartsFragment; changes: number }) {
  const t = useTranslations('network.element');
  const [{ data }, read] = useNeighbors(ClientNeighborsDocument, client.id);
  useEffect(() => {
    if (changes > 0) read({ requestPolicy: 'network-only' });
  }, [changes, read]);
  const pole = data?.client?.box?.pole;
  const port = client.port == null ? t('noPort') : t('port', { port: client.port });
  return (
    <Panel title={t('connections')}>
      {!client.box && <None text={t('noConnections')} />}
      <ul className="grid gap-2 sm:grid-cols-2">
        {client.box && (
          <li className="min-w-0">
            <NeighborLink kind="BOX" element={client.box} detail={port} />
          </li>
        )}
        {pole && (
          <li className="min-w-0">
            <NeighborLink kind="POLE" element={pole} detail={t('kind.POLE')} />
          </li>
        )}
      </ul>
    </Panel>
  );
}

function None({ text }: { text: ReactNode }) {
  return <p className="text-ink-3 text-sm">{text}</p>;
}
