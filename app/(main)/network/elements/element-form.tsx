'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TagPicker } from '#app/components/ui/tag-picker.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { ProjectNamesDocument } from '#generated/graphql/client/graphql.ts';
import { elementHref } from './element-paths.ts';
import { FormField } from './form-field.tsx';
import type { ElementKit, ElementRow, ElementValues } from './kit.ts';
import { useSameName } from './use-same-name.ts';

interface Props<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  /** Null creates a new one. */
  row: Row | null;
  onClose: () => void;
  onSaved: () => void;
}

/** The dialog that creates or changes an element. */
export function ElementForm<Row extends ElementRow, CreateInput, UpdateInput>(
  props: Props<Row, CreateInput, UpdateInput>,
) {
  const { kit, row, onClose, onSaved } = props;
  const t = useTranslations('network');
  const common = useTranslations('common');
  const toast = useToast();
  const router = useRouter();
  const [values, setValues] = useState(() => kit.values(row));
  useOnlyProject(row === null && 'projectId' in values.refs, setValues);
  const sameName = useSameName(kit.kind, row?.id ?? null, values.text.name ?? '');
  const create = useSend(kit.create);
  const update = useSend(kit.update);
  const problem = create.problem ?? update.problem;
  const save = async () => {
    const saved = row
      ? await update.send({ id: row.id, input: kit.updateInput(values) })
      : await create.send({ input: kit.createInput(values) });
    if (!saved) return;
    const id = row ? null : madeIn(saved);
    toast({
      tone: 'good',
      title: t(row ? 'saved' : 'created', { name: values.text.name ?? '' }),
      ...(id && {
        action: { label: t('open'), onSelect: () => router.push(elementHref(kit.kind, id)) },
      }),
    });
    onSaved();
    onClose();
  };
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void save()}
      title={row ? t('editTitle', { name: row.name }) : t(`new.${kit.kind}`)}
      submitLabel={row ? common('save') : common('create')}
      sending={create.sending || update.sending}
      problem={problem}
      fields={kit.fields.map((field) => field.name)}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {kit.fields.map((field) => (
          <div key={field.name} className={field.half ? 'min-w-0' : 'min-w-0 sm:col-span-2'}>
            <FormField
              field={field}
              values={values}
              onChange={setValues}
              error={problem?.fields[field.name] ?? null}
              hint={field.name === 'name' && sameName ? t('sameName') : undefined}
            />
          </div>
        ))}
      </div>
      <TagPicker
        tagIds={values.tagIds}
        onChange={(tagIds) => setValues((now) => ({ ...now, tagIds }))}
      />
    </FormDialog>
  );
}

/** The id of the element that a mutation made: each names it `made`. */
function madeIn(answer: unknown): string | null {
  for (const payload of Object.values(answer ?? {})) {
    const id = (payload as { made?: { id?: unknown } } | null)?.made?.id;
    if (typeof id === 'string') return id;
  }
  return null;
}

/** A new element starts in the only project, if there is just one. */
function useOnlyProject(
  wanted: boolean,
  setValues: (change: (now: ElementValues) => ElementValues) => void,
): void {
  const client = useClient();
  useEffect(() => {
    if (!wanted) return;
    const choose = async () => {
      const answer = await client.query(ProjectNamesDocument, { search: null }).toPromise();
      const projects = answer.data?.projects.nodes ?? [];
      const only = projects.length === 1 ? projects[0] : undefined;
      if (!only) return;
      setValues((now) =>
        now.refs.projectId ? now : { ...now, refs: { ...now.refs, projectId: only } },
      );
    };
    void choose();
  }, [client, setValues, wanted]);
}
