'use client';

import { useEffect, useRef } from 'react';
import { classes } from '../ui/classes.ts';
import type { Hit, HitGroup } from './found.ts';

export const optionId = (listId: string, at: number) => `${listId}-${at}`;

interface Props {
  id: string;
  label: string;
  groups: readonly HitGroup[];
  /** The place of the chosen one among all hits. */
  active: number;
  onGo: (hit: Hit) => void;
}

/** The options of a search, in groups. */
export function HitList({ id, label, groups, active, onGo }: Props) {
  let first = 0;
  return (
    <div id={id} role="listbox" aria-label={label}>
      {groups.map((group) => {
        const from = first;
        first += group.hits.length;
        const headingId = `${id}-${group.key}`;
        return (
          // biome-ignore lint/a11y/useSemanticElements: options stand in a group, not in a fieldset.
          <div key={group.key} role="group" aria-labelledby={headingId} className="mb-2">
            <div id={headingId} className="px-3 pt-2 pb-1 font-medium text-ink-3 text-xs">
              {group.title}
            </div>
            {group.hits.map((hit, index) => (
              <HitRow
                key={hit.key}
                id={optionId(id, from + index)}
                hit={hit}
                active={from + index === active}
                onGo={onGo}
              />
            ))}
          </div>
        );
      })}
    </div>
  );
}

interface RowProps {
  id: string;
  hit: Hit;
  active: boolean;
  onGo: (hit: Hit) => void;
}

function HitRow({ id, hit, active, onGo }: RowProps) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const Icon = hit.icon;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field beside it takes the keys.
    <div
      ref={row}
      id={id}
      role="option"
      aria-selected={active}
      tabIndex={-1}
      onClick={() => onGo(hit)}
      className={classes(
        'flex min-h-11 cursor-default items-center gap-3 rounded-lg px-3 py-1.5',
        active ? 'bg-accent-soft text-accent-strong' : 'hover:bg-sunken',
      )}
    >
      <Icon aria-hidden className={classes('size-4 shrink-0', active ? '' : 'text-ink-3')} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{hit.title}</span>
        {hit.detail && (
          <span className={classes('block truncate text-xs', active ? '' : 'text-ink-3')}>
            {hit.detail}
          </span>
        )}
      </span>
    </div>
  );
}
