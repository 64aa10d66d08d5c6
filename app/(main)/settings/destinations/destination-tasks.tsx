'use client';

import type { DestinationPartsFragment } from '#generated/graphql/client/graphql.ts';
import { CopiesDialog } from './copies-dialog.tsx';
import { DestinationDialog } from './destination-dialog.tsx';
import { RemoveDestination } from './remove-destination.tsx';
import { TakeOverDestination } from './take-over-destination.tsx';
import { TestedDialog } from './tested-dialog.tsx';

/** What the person started, and the destination of it. */
export type DestinationTask =
  | { readonly kind: 'add' }
  | {
      readonly kind: 'edit' | 'remove' | 'takeOver' | 'copies' | 'tested';
      readonly id: string;
    };

interface Props {
  task: DestinationTask | null;
  destinations: readonly DestinationPartsFragment[];
  onClose: () => void;
  onChanged: () => void;
}

/** The dialog of the current task. */
export function DestinationTasks({ task, destinations, onClose, onChanged }: Props) {
  if (!task) return null;
  if (task.kind === 'add')
    return <DestinationDialog destination={null} onClose={onClose} onSaved={onChanged} />;
  const destination = destinations.find(({ id }) => id === task.id);
  if (!destination) return null;
  const shared = { destination, onClose };
  switch (task.kind) {
    case 'edit':
      return <DestinationDialog {...shared} onSaved={onChanged} />;
    case 'remove':
      return <RemoveDestination {...shared} onRemoved={onChanged} />;
    case 'takeOver':
      return <TakeOverDestination {...shared} onTaken={onChanged} />;
    case 'copies':
      return <CopiesDialog {...shared} />;
    case 'tested':
      return <TestedDialog {...shared} />;
  }
}
