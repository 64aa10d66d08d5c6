'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { type DocumentInput, useQuery } from 'urql';
import { Badge } from '#app/components/ui/badge.tsx';
import { CopyButton } from '#app/components/ui/copy-button.tsx';
import {
  MapBoxDocument,
  MapCableDocument,
  MapClientDocument,
  MapPoleDocument,
} from '#generated/graphql/client/graphql.ts';
import { clientTones, deploymentTones, licensingTones } from '../elements/tones.ts';
import { ElementPanel, type Fact } from './element-panel.tsx';
import type { ElementAt, LayerName } from './map-address.ts';

interface Props {
  element: ElementAt;
  takesFocus: boolean;
  onClose: () => void;
}

const panels: Readonly<Record<LayerName, (props: Props) => React.ReactNode>> = {
  poles: PolePanel,
  boxes: BoxPanel,
  cables: CablePanel,
  clients: ClientPanel,
};

/** The facts of the element that the address names. */
export function ShownElement(props: Props) {
  const Panel = panels[props.element.layer];
  return <Panel {...props} />;
}

function useRow<Data>(document: DocumentInput<Data, { id: string }>, id: string) {
  const [{ data, fetching }] = useQuery({
    query: document,
    variables: { id },
    requestPolicy: 'network-only',
  });
  return { data, reading: fetching };
}

function PolePanel(props: Props) {
  const t = useTranslations('network');
  const { data, reading } = useRow(MapPoleDocument, props.element.id);
  const pole = data?.pole ?? null;
  return (
    <ElementPanel
      {...props}
      row={pole}
      reading={reading}
      badge={
        pole && (
          <Badge tone={licensingTones[pole.licensingStatus]}>
            {t(`options.licensing.${pole.licensingStatus}`)}
          </Badge>
        )
      }
      facts={[
        [t('fields.projectId'), pole?.project?.name],
        [t('fields.type'), pole?.type],
        [t('fields.address'), pole?.address],
        usePlaceFact(pole),
      ]}
    />
  );
}

function BoxPanel(props: Props) {
  const t = useTranslations('network');
  const format = useFormatter();
  const { data, reading } = useRow(MapBoxDocument, props.element.id);
  const box = data?.box ?? null;
  return (
    <ElementPanel
      {...props}
      row={box}
      reading={reading}
      badge={
        box && (
          <Badge tone={deploymentTones[box.deploymentStatus]}>
            {t(`options.deployment.${box.deploymentStatus}`)}
          </Badge>
        )
      }
      facts={[
        [t('fields.projectId'), box?.project?.name],
        [t('fields.boxType'), box && t(`options.boxType.${box.type}`)],
        [t('fields.level'), box && format.number(box.level)],
        [t('fields.template'), box?.template],
        [t('fields.poleId'), box?.pole?.name],
        usePlaceFact(box),
      ]}
    />
  );
}

function CablePanel(props: Props) {
  const t = useTranslations('network');
  const format = useFormatter();
  const { data, reading } = useRow(MapCableDocument, props.element.id);
  const cable = data?.cable ?? null;
  return (
    <ElementPanel
      {...props}
      row={cable}
      reading={reading}
      badge={
        cable && (
          <Badge tone={deploymentTones[cable.deploymentStatus]}>
            {t(`options.deployment.${cable.deploymentStatus}`)}
          </Badge>
        )
      }
      facts={[
        [t('fields.projectId'), cable?.project?.name],
        [t('fields.cableType'), cable && t(`options.cableType.${cable.type}`)],
        [t('fibers'), cable && format.number(cable.fiberCount)],
        [
          t('length'),
          cable && format.number(Math.round(cable.lengthMeters), { style: 'unit', unit: 'meter' }),
        ],
        [t('fields.fromBoxId'), cable?.fromBox?.name],
        [t('fields.toBoxId'), cable?.toBox?.name],
      ]}
    />
  );
}

function ClientPanel(props: Props) {
  const t = useTranslations('network');
  const { data, reading } = useRow(MapClientDocument, props.element.id);
  const client = data?.client ?? null;
  return (
    <ElementPanel
      {...props}
      row={client}
      reading={reading}
      badge={
        client && (
          <Badge tone={clientTones[client.status]}>
            {t(`options.clientStatus.${client.status}`)}
          </Badge>
        )
      }
      facts={[
        [t('fields.address'), client?.address],
        [t('fields.boxId'), client?.box?.name],
        [t('fields.port'), client?.port],
        [t('fields.plan'), client?.plan],
        [t('fields.projectId'), client?.project?.name],
        usePlaceFact(client),
      ]}
    />
  );
}

/** Latitude and longitude as other programs take them, to be copied. */
function usePlaceFact(place: { readonly lat: number; readonly lng: number } | null): Fact {
  const t = useTranslations('map');
  if (!place) return [t('place'), null];
  const text = `${place.lat.toFixed(6)}, ${place.lng.toFixed(6)}`;
  return [
    t('place'),
    <span key="place" className="inline-flex items-center gap-1 tabular-nums">
      {text}
      <CopyButton text={text} label={t('copyPlace')} />
    </span>,
  ];
}
