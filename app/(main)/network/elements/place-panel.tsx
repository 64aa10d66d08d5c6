'use client';

import { ExternalLink, Map as MapIcon, Navigation } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { CopyButton } from '#app/components/ui/copy-button.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';

export interface Place {
  readonly lat: number;
  readonly lng: number;
}

/** Where an element is; null for those without a point. */
export function placeOf(row: object): Place | null {
  const { lat, lng } = row as Partial<Place>;
  return lat === undefined || lng === undefined ? null : { lat, lng };
}

/** About 10 cm. */
const DIGITS = 6;
/** The map is then about 300 m wide. */
const ZOOM = 17;

const look =
  'inline-flex min-h-9 items-center gap-2 rounded-md px-3.5 font-medium text-sm ring-1 ring-inset max-sm:min-h-11';

/** The coordinates, to copy and to open elsewhere. The page itself asks nobody else for a map. */
export function PlacePanel({ place, className }: { place: Place; className?: string }) {
  const t = useTranslations('network.element');
  const [lat, lng] = [place.lat.toFixed(DIGITS), place.lng.toFixed(DIGITS)];
  return (
    <Panel title={t('place')} className={className}>
      <div className="flex items-center justify-between gap-2 rounded-lg bg-sunken py-1.5 pr-1.5 pl-3.5">
        <span className="min-w-0 font-mono text-[13px] tabular-nums [overflow-wrap:anywhere]">
          {lat}, {lng}
        </span>
        <CopyButton text={`${lat}, ${lng}`} label={t('copyPlace')} />
      </div>
      <div className="mt-3 flex flex-wrap gap-2">
        {/* RFC 5870; phones open it in the map that their owner uses. */}
        <a
          href={`geo:${lat},${lng}?q=${lat},${lng}`}
          className={`${look} bg-accent text-on-accent ring-transparent hover:bg-accent-strong md:hidden`}
        >
          <Navigation aria-hidden className="size-4" />
          {t('openMaps')}
        </a>
        <Link
          href={`/network/map?at=${lat},${lng},${ZOOM}`}
          className={`${look} bg-surface text-ink ring-line-strong hover:bg-sunken`}
        >
          <MapIcon aria-hidden className="size-4" />
          {t('onMap')}
        </Link>
        <a
          href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=18/${lat}/${lng}`}
          target="_blank"
          rel="noreferrer"
          className={`${look} bg-surface text-ink ring-line-strong hover:bg-sunken`}
        >
          <ExternalLink aria-hidden className="size-4" />
          {t('openStreetMap')}
        </a>
      </div>
    </Panel>
  );
}
