'use client';

import { useTranslations } from 'next-intl';
import { RadioGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import type { InView } from './in-view.ts';
import { type Coloring, colorings, type LayerName, layerNames } from './map-address.ts';
import { palettes, projectColor, type StatusTone, type Tint } from './map-colors.ts';

interface Props {
  tint: Tint;
  projects: readonly { readonly id: string; readonly name: string }[];
  inView: InView;
  onColoring: (coloring: Coloring) => void;
}

/** Chooses what colors mean, and says it. */
export function Legend({ tint, projects, inView, onColoring }: Props) {
  const t = useTranslations('map');
  return (
    <section aria-label={t('legend')} className="grid gap-3 border-line border-b p-4">
      <RadioGroup.Root
        aria-label={t('colorBy')}
        value={tint.coloring}
        onValueChange={(value) => onColoring(value as Coloring)}
        className="flex gap-0.5 rounded-lg bg-line/60 p-0.5"
      >
        {colorings.map((coloring) => (
          <RadioGroup.Item
            key={coloring}
            value={coloring}
            className="h-9 flex-1 rounded-md px-2 font-medium text-[13px] text-ink-2 hover:text-ink aria-checked:bg-surface aria-checked:text-ink aria-checked:shadow-raised aria-checked:ring-1 aria-checked:ring-line-strong sm:h-7"
          >
            {t(`coloring.${coloring}`)}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      <ul className="grid grid-cols-2 gap-x-3 gap-y-1.5 text-[13px] text-ink-2">
        {tint.coloring === 'kind' && <Kinds tint={tint} />}
        {tint.coloring === 'status' && <Tones tint={tint} />}
        {tint.coloring === 'project' && (
          <Projects tint={tint} projects={projects} inView={inView} />
        )}
      </ul>
    </section>
  );
}

function Kinds({ tint }: { tint: Tint }) {
  const t = useTranslations('map');
  return layerNames.map((layer) => (
    <Entry key={layer} mark={<Mark layer={layer} color={palettes[tint.look].kinds[layer]} />}>
      {t(`layers.${layer}`)}
    </Entry>
  ));
}

const tones: readonly StatusTone[] = ['good', 'accent', 'warn', 'danger', 'neutral'];

function Tones({ tint }: { tint: Tint }) {
  const t = useTranslations('map');
  return tones.map((tone) => (
    <Entry key={tone} wide mark={<Dot color={palettes[tint.look].tones[tone]} />}>
      {t(`tones.${tone}`)}
    </Entry>
  ));
}

const MOST_PROJECTS = 8;

function Projects({ tint, projects, inView }: Omit<Props, 'onColoring'>) {
  const t = useTranslations('map');
  const present = new Set(inView.elements.map(({ project }) => project));
  const shown = projects.filter(({ id }) => present.has(id));
  const others = present.has(null) || shown.length > MOST_PROJECTS;
  if (present.size === 0) return <li className="col-span-2 text-ink-3">{t('noProjects')}</li>;
  return (
    <>
      {shown.slice(0, MOST_PROJECTS).map(({ id, name }) => (
        <Entry key={id} wide mark={<Dot color={projectColor(tint, id)} />}>
          {name}
        </Entry>
      ))}
      {others && (
        <Entry wide mark={<Dot color={projectColor(tint, null)} />}>
          {present.has(null) ? t('noProject') : t('moreProjects')}
        </Entry>
      )}
    </>
  );
}

interface EntryProps {
  mark: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

function Entry({ mark, wide, children }: EntryProps) {
  return (
    <li className={wide ? 'col-span-2 flex items-center gap-2' : 'flex items-center gap-2'}>
      <span aria-hidden className="grid w-4 shrink-0 place-items-center">
        {mark}
      </span>
      <span className="min-w-0 truncate">{children}</span>
    </li>
  );
}

const Dot = ({ color }: { color: string }) => (
  <span className="size-2.5 rounded-full" style={{ backgroundColor: color }} />
);

/** An element as the map draws it. */
export function Mark({ layer, color }: { layer: LayerName; color: string }) {
  if (layer === 'cables')
    return <span className="h-[3px] w-4 rounded-full" style={{ backgroundColor: color }} />;
  if (layer === 'poles')
    return <span className="size-2.5 rounded-full border-2" style={{ borderColor: color }} />;
  return (
    <span
      className={layer === 'boxes' ? 'size-3 rounded-full' : 'size-2 rounded-full'}
      style={{ backgroundColor: color }}
    />
  );
}
