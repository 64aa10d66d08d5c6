'use client';

import { useId } from 'react';
import type { DestinationPartsFragment } from '#generated/graphql/client/graphql.ts';
import { DestinationActions } from './destination-actions.tsx';
import { DestinationFacts } from './destination-facts.tsx';
import { DestinationNotes } from './destination-notes.tsx';
import { StateBadge } from './destination-state.tsx';
import type { DestinationTask } from './destination-tasks.tsx';
import { kindIcons } from './kind-icons.ts';

interface Props {
  destination: DestinationPartsFragment;
  /** The backup to send now; null where there is none. */
  newestBackup: string | null;
  onTask: (task: DestinationTask) => void;
}

/** A destination: its state, what lies there, what is wrong, and what to do with it. */
export function DestinationCard({ destination, newestBackup, onTask }: Props) {
  const id = useId();
  const { kind, name, url, state } = destination;
  const Icon = kindIcons[kind];
  return (
    <section
      aria-labelledby={id}
      className="grid min-w-0 grid-cols-1 gap-4 rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-6"
    >
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="flex min-w-0 flex-1 basis-64 items-start gap-3">
          <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent">
            <Icon aria-hidden className="size-4.5" />
          </span>
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <h2
                id={id}
                className="font-semibold text-[15px] tracking-tight [overflow-wrap:anywhere]"
              >
                {name}
              </h2>
              <StateBadge state={state} />
            </div>
            <p className="mt-0.5 font-mono text-ink-3 text-xs [overflow-wrap:anywhere]">{url}</p>
          </div>
        </div>
        <DestinationActions destination={destination} newestBackup={newestBackup} onTask={onTask} />
      </div>
      <DestinationNotes destination={destination} onTask={onTask} />
      <DestinationFacts destination={destination} />
    </section>
  );
}
