'use client';

import { PencilLine, Plus, Trash2 } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { useKeptList } from '#app/data/kept-list.ts';
import type { ConnectionState } from '#app/data/use-connection.ts';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { useMay } from '#app/session/me-context.tsx';
import { DeleteElement } from './delete-element.tsx';
import { ElementForm } from './element-form.tsx';
import type { ElementKit, ElementRow } from './kit.ts';
import { statusFieldOf, useListNarrowing } from './list-address.ts';
import { ListFilters } from './list-filters.tsx';
import { NoElements } from './no-elements.tsx';
import { useSharedColumns } from './shared-columns.tsx';

interface Props<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  list: ConnectionState<Row>;
  /** The columns that only this kind has, between name and tags. */
  columns: readonly Column<Row>[];
}

type Task<Row> = { kind: 'create' } | { kind: 'edit' | 'delete'; row: Row };

/** The elements of one kind: search, table, and the dialogs to create, change and delete one. */
export function ElementList<Row extends ElementRow, CreateInput, UpdateInput>(
  props: Props<Row, CreateInput, UpdateInput>,
) {
  const { kit, list, columns } = props;
  const t = useTranslations('network');
  const may = useMay();
  const shared = useSharedColumns<Row>(kit.kind);
  const [narrowing] = useListNarrowing();
  const [task, setTask] = useState<Task<Row> | null>(null);
  const close = () => setTask(null);
  useKeptList(list);
  useNetworkChange(list.refetch);
  useWantedNew(() => setTask({ kind: 'create' }));
  useJobEnd((job) => {
    if (job.kind === 'SAMPLE') list.refetch();
  });
  const nothing = list.phase === 'ready' && list.nodes.length === 0 && !list.problem;
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <ListFilters kind={kit.kind} statusField={statusFieldOf(kit)} />
        {may('network.edit') && (
          <Button
            look="primary"
            icon={<Plus aria-hidden className="size-4" />}
            onClick={() => setTask({ kind: 'create' })}
          >
            {t(`new.${kit.kind}`)}
          </Button>
        )}
      </div>
      <ProblemNote problem={list.problem} />
      {nothing ? (
        <NoElements kind={kit.kind} searching={Object.values(narrowing).some(Boolean)} />
      ) : (
        <div>
          <DataTable
            label={t(`kinds.${kit.kind}`)}
            columns={[shared.name, ...columns, ...shared.rest]}
            rows={list.nodes}
            loading={list.phase === 'loading'}
            actions={
              may('network.edit')
                ? (row) => <RowActions row={row} onTask={(kind) => setTask({ kind, row })} />
                : undefined
            }
          />
          <ListFooter list={list} />
        </div>
      )}
      <TaskDialog kit={kit} task={task} onClose={close} onChanged={list.refetch} />
    </div>
  );
}

/** `?new=1` opens the form of a new element once: so the search leads there. */
function useWantedNew(open: () => void): void {
  const wanted = useSearchParams().has('new');
  const may = useMay()('network.edit');
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    if (!wanted) return;
    const url = new URL(window.location.href);
    url.searchParams.delete('new');
    window.history.replaceState(null, '', url);
    if (may) latest.current();
  }, [wanted, may]);
}

interface TaskDialogProps<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  task: Task<Row> | null;
  onClose: () => void;
  onChanged: () => void;
}

function TaskDialog<Row extends ElementRow, CreateInput, UpdateInput>(
  props: TaskDialogProps<Row, CreateInput, UpdateInput>,
) {
  const { kit, task, onClose, onChanged } = props;
  if (!task) return null;
  if (task.kind === 'delete')
    return <DeleteElement kit={kit} row={task.row} onClose={onClose} onDeleted={onChanged} />;
  const row = task.kind === 'edit' ? task.row : null;
  return <ElementForm kit={kit} row={row} onClose={onClose} onSaved={onChanged} />;
}

interface RowActionsProps {
  row: ElementRow;
  onTask: (kind: 'edit' | 'delete') => void;
}

function RowActions({ row, onTask }: RowActionsProps) {
  const t = useTranslations('network');
  const { name } = row;
  return (
    <>
      <IconButton
        label={t('editNamed', { name })}
        icon={<PencilLine aria-hidden className="size-4" />}
        onClick={() => onTask('edit')}
      />
      <IconButton
        label={t('deleteNamed', { name })}
        icon={<Trash2 aria-hidden className="size-4" />}
        danger
        onClick={() => onTask('delete')}
      />
    </>
  );
}
