'use client';

import { PencilLine, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { type DocumentInput, useQuery } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { keepElementPage, keptQuery } from '#app/offline/offline-worker.ts';
import { useMay } from '#app/session/me-context.tsx';
import { BackupPanel } from './backup-panel.tsx';
import { DeleteElement } from './delete-element.tsx';
import { ElementFacts } from './element-facts.tsx';
import { ElementForm } from './element-form.tsx';
import { ElementHeader } from './element-header.tsx';
import { listHref } from './element-paths.ts';
import { ElementPosts } from './element-posts.tsx';
import { ElementWork } from './element-work.tsx';
import { ExportButton } from './export-button.tsx';
import { HistoryPanel } from './history-panel.tsx';
import type { ElementKit, ElementRow, MadeRow } from './kit.ts';
import { MissingElement } from './missing-element.tsx';
import { Neighbors } from './neighbors.tsx';
import { PlacePanel, placeOf } from './place-panel.tsx';

interface Props<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  document: DocumentInput<{ element?: (Row & MadeRow) | null }, { id: string }>;
  id: string;
}

/** Everything about one element: its fields, place, neighbors, posts and history. */
export function ElementPage<Row extends ElementRow, CreateInput, UpdateInput>(
  props: Props<Row, CreateInput, UpdateInput>,
) {
  const { kit, document, id } = props;
  const t = useTranslations('network.element');
  const [{ data, error, fetching }, read] = useQuery({
    query: document,
    variables: { id },
    requestPolicy: 'cache-and-network',
    context: keptQuery,
  });
  const [changes, setChanges] = useState(0);
  const element = data?.element;
  const reread = () => {
    read({ requestPolicy: 'network-only' });
    setChanges((now) => now + 1);
  };
  useNetworkChange(reread, { id });
  const name = element?.name;
  useEffect(() => {
    if (name !== undefined) void keepElementPage(window.location.pathname, name);
  }, [name]);
  if (!element) {
    if (error) return <ProblemNote problem={problemOf(error)} />;
    if (fetching || !data) return <ProgressBar fraction={null} label={t('loading')} />;
    return <MissingElement kind={kit.kind} />;
  }
  const place = placeOf(element);
  return (
    <article>
      <ElementHeader kit={kit} row={element}>
        {kit.kind === 'PROJECT' && <ExportProject id={id} name={element.name} />}
        <Actions kit={kit} row={element} onChanged={reread} />
      </ElementHeader>
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_22rem] lg:items-start">
        <div className="grid min-w-0 gap-5">
          <ElementWork kind={kit.kind} id={id} name={element.name} />
          <ElementFacts kit={kit} row={element} />
          {place && <PlacePanel place={place} className="lg:hidden" />}
          <Neighbors kind={kit.kind} row={element} changes={changes} />
          <ElementPosts kind={kit.kind} id={id} name={element.name} />
        </div>
        <div className="grid min-w-0 gap-5">
          {place && <PlacePanel place={place} className="hidden lg:block" />}
          <HistoryPanel kind={kit.kind} id={id} changes={changes} />
          <BackupPanel kind={kit.kind} name={element.name} />
        </div>
      </div>
    </article>
  );
}

function ExportProject({ id, name }: { id: string; name: string }) {
  const t = useTranslations('network.export');
  return (
    <ExportButton
      className="max-sm:h-11"
      title={t('titleOf', { name })}
      filter={{ projectId: id }}
    />
  );
}

interface ActionsProps<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  row: Row;
  onChanged: () => void;
}

function Actions<Row extends ElementRow, CreateInput, UpdateInput>(
  props: ActionsProps<Row, CreateInput, UpdateInput>,
) {
  const { kit, row, onChanged } = props;
  const t = useTranslations('network.element');
  const may = useMay();
  const router = useRouter();
  const [task, setTask] = useState<'edit' | 'delete' | null>(null);
  const close = () => setTask(null);
  if (!may('network.edit')) return null;
  return (
    <>
      <Button
        className="max-sm:h-11"
        icon={<PencilLine aria-hidden className="size-4" />}
        onClick={() => setTask('edit')}
      >
        {t('edit')}
      </Button>
      <Button
        look="quiet"
        className="hover:bg-danger-soft! hover:text-danger! max-sm:h-11"
        icon={<Trash2 aria-hidden className="size-4" />}
        onClick={() => setTask('delete')}
      >
        {t('delete')}
      </Button>
      {task === 'edit' && <ElementForm kit={kit} row={row} onClose={close} onSaved={onChanged} />}
      {task === 'delete' && (
        <DeleteElement
          kit={kit}
          row={row}
          onClose={close}
          onDeleted={() => router.push(listHref(kit.kind))}
        />
      )}
    </>
  );
}
