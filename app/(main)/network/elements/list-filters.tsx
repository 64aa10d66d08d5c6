'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { ComboboxField } from '#app/components/ui/combobox.tsx';
import { SearchField } from '#app/components/ui/search-field.tsx';
import { SelectField } from '#app/components/ui/text-fields.tsx';
import { ProjectElementDocument, TagsDocument } from '#generated/graphql/client/graphql.ts';
import type { ElementKind } from './kit.ts';
import { type StatusField, useListNarrowing } from './list-address.ts';
import { useFindElements } from './use-find-elements.ts';

interface Props {
  kind: ElementKind;
  statusField: StatusField | null;
}

/** What a list of elements is narrowed by: words, project, status and tag. */
export function ListFilters({ kind, statusField }: Props) {
  const t = useTranslations('network');
  const [{ search, project, tag, status }, narrow] = useListNarrowing();
  const addressed = kind === 'POLE' || kind === 'CLIENT';
  const narrowed = project !== null || tag !== null || status !== null;
  return (
    <div className="flex w-full min-w-0 flex-wrap items-center gap-2.5 sm:w-auto sm:flex-1">
      <SearchField
        label={t(addressed ? 'searchAddress' : 'search')}
        value={search}
        onChange={(text) => narrow({ search: text })}
      />
      <div className="grid w-full grid-cols-2 gap-2.5 sm:flex sm:w-auto sm:flex-wrap">
        {kind !== 'PROJECT' && <ProjectFilter />}
        {statusField && (
          <div className="min-w-0 sm:w-36">
            <SelectField
              hiddenLabel
              label={t(`fields.${statusField.name}` as Parameters<typeof t>[0])}
              placeholder={t('anyStatus')}
              value={status ?? ''}
              onChange={(event) => narrow({ status: event.target.value || null })}
              options={statusField.values.map((value) => ({
                value,
                label: t(`options.${statusField.group}.${value}` as Parameters<typeof t>[0]),
              }))}
            />
          </div>
        )}
        <TagFilter />
      </div>
      {narrowed && (
        <Button
          look="quiet"
          icon={<X aria-hidden className="size-4" />}
          onClick={() => narrow({ project: null, tag: null, status: null })}
        >
          {t('clearFilters')}
        </Button>
      )}
    </div>
  );
}

function ProjectFilter() {
  const t = useTranslations('network');
  const [{ project }, narrow] = useListNarrowing();
  const find = useFindElements('project');
  const [{ data }] = useQuery({
    query: ProjectElementDocument,
    variables: { id: project ?? '' },
    pause: project === null,
  });
  const name = data?.element?.name ?? '…';
  return (
    <div className="col-span-2 sm:w-44">
      <ComboboxField
        hiddenLabel
        label={t('fields.projectId')}
        placeholder={t('anyProject')}
        value={project === null ? null : { id: project, name }}
        onChange={(choice) => narrow({ project: choice?.id ?? null })}
        find={find}
      />
    </div>
  );
}

function TagFilter() {
  const t = useTranslations('network');
  const [{ tag }, narrow] = useListNarrowing();
  const [{ data }] = useQuery({ query: TagsDocument });
  const tags = data?.tags ?? [];
  if (tags.length === 0) return null;
  return (
    <div className="min-w-0 sm:w-36">
      <SelectField
        hiddenLabel
        label={t('tags')}
        placeholder={t('anyTag')}
        value={tag ?? ''}
        onChange={(event) => narrow({ tag: event.target.value || null })}
        options={tags.map(({ id, name }) => ({ value: id, label: name }))}
      />
    </div>
  );
}
