'use client';

import { ChevronRight } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import type { InView, Place, SeenCell, SeenElement } from './in-view.ts';
import { Mark } from './legend.tsx';
import { layerNames } from './map-address.ts';
import { elementColor, type Tint } from './map-colors.ts';

interface Props {
  inView: InView;
  tint: Tint;
  shownId: string | null;
  /** The element that the keyboard or the pointer is on; the map marks it. */
  onMark: (id: string | null) => void;
  onOpen: (element: SeenElement) => void;
  onApproach: (place: Place) => void;
}

const MOST_ROWS = 200;

/** What the map shows, as a list: all that the map does can be done here by keyboard. */
export function InViewList(props: Props) {
  const { inView } = props;
  const t = useTranslations('map');
  const format = useFormatter();
  const total = layerNames.reduce((sum, layer) => sum + inView.counts[layer], 0);
  const rows = inView.elements.length + inView.cells.length;
  return (
    <section aria-label={t('inView')} className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-baseline justify-between px-4 pt-3.5 pb-1">
        <h2 className="font-semibold text-sm tracking-tight">{t('inView')}</h2>
        <span className="text-[13px] text-ink-3 tabular-nums">{format.number(total)}</span>
      </div>
      <p role="status" className="px-4 pb-2 text-[13px] text-ink-2">
        {total === 0
          ? t('inViewNone')
          : layerNames
              .filter((layer) => inView.counts[layer] > 0)
              .map((layer) => t(`counts.${layer}`, { count: inView.counts[layer] }))
              .join(' · ')}
      </p>
      <Rows {...props} />
      {rows > MOST_ROWS && (
        <p className="border-line border-t px-4 py-2 text-ink-3 text-xs">
          {t('moreRows', { count: rows - MOST_ROWS })}
        </p>
      )}
      {inView.cells.length > 0 && (
        <p className="border-line border-t px-4 py-2 text-ink-3 text-xs">{t('zoomToSee')}</p>
      )}
    </section>
  );
}

/** One stop of the Tab key; arrows go from row to row. */
function Rows({ inView, tint, shownId, onMark, onOpen, onApproach }: Props) {
  const t = useTranslations('map');
  const [current, setCurrent] = useState<string | null>(null);
  const elements = inView.elements.slice(0, MOST_ROWS);
  const cells = inView.cells.slice(0, MOST_ROWS);
  const keys = [...elements.map(({ id }) => id), ...cells.map(keyOfCell)];
  const stop = current !== null && keys.includes(current) ? current : keys[0];
  const go = (key: string, id: string | null) => {
    setCurrent(key);
    onMark(id);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys go from button to button.
    <div
      onKeyDown={moveFocus}
      onBlur={() => onMark(null)}
      className="min-h-0 flex-1 overflow-y-auto px-2 pb-2"
    >
      <ul aria-label={t('inView')}>
        {elements.map((element) => (
          <Row
            key={element.id}
            stop={element.id === stop}
            shown={element.id === shownId}
            mark={<Mark layer={element.layer} color={elementColor(tint, element)} />}
            kind={t(`one.${element.layer}`)}
            onGo={() => go(element.id, element.id)}
            onOpen={() => onOpen(element)}
            id={element.id}
          >
            {element.name}
          </Row>
        ))}
        {cells.map((cell) => (
          <CellRow
            key={keyOfCell(cell)}
            cell={cell}
            stop={keyOfCell(cell) === stop}
            onGo={() => go(keyOfCell(cell), null)}
            onOpen={() => onApproach(cell)}
          />
        ))}
      </ul>
    </div>
  );
}

const keyOfCell = ({ lat, lng }: Place) => `${lat.toFixed(5)},${lng.toFixed(5)}`;

interface CellRowProps {
  cell: SeenCell;
  stop: boolean;
  onGo: () => void;
  onOpen: () => void;
}

function CellRow({ cell, stop, onGo, onOpen }: CellRowProps) {
  const t = useTranslations('map');
  const format = useFormatter();
  const degrees = (value: number) => format.number(value, { maximumFractionDigits: 3 });
  return (
    <Row
      stop={stop}
      shown={false}
      mark={<span className="size-3 rounded-full bg-accent" />}
      kind={`${degrees(cell.lat)}, ${degrees(cell.lng)}`}
      onGo={onGo}
      onOpen={onOpen}
    >
      {t('elements', { count: cell.total })}
    </Row>
  );
}

interface RowProps {
  id?: string;
  stop: boolean;
  shown: boolean;
  mark: ReactNode;
  kind: string;
  onGo: () => void;
  onOpen: () => void;
  children: ReactNode;
}

function Row({ id, stop, shown, mark, kind, onGo, onOpen, children }: RowProps) {
  return (
    <li>
      <button
        type="button"
        data-element={id}
        tabIndex={stop ? 0 : -1}
        aria-current={shown || undefined}
        onFocus={onGo}
        onPointerEnter={onGo}
        onClick={onOpen}
        className="group flex min-h-11 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm -outline-offset-2 hover:bg-sunken aria-[current]:bg-accent-soft sm:min-h-9"
      >
        <span aria-hidden className="grid w-4 shrink-0 place-items-center">
          {mark}
        </span>
        <span className="min-w-0 flex-1 truncate">{children}</span>
        <span className="shrink-0 text-ink-3 text-xs">{kind}</span>
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 text-ink-3 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
        />
      </button>
    </li>
  );
}

const steps: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_at, last) => last,
};

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  buttons[step(at, buttons.length - 1)]?.focus();
}
