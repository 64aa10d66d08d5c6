'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { type ProjectPartsFragment, ProjectsDocument } from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { projectKit } from './project-kit.ts';

export function Projects() {
  const [search, setSearch] = useState('');
  const filter = { search: search === '' ? null : search };
  const list = useConnection(ProjectsDocument, filter, (data) => data.projects);
  const columns = useColumns();
  return (
    <ElementList
      kit={projectKit}
      list={list}
      search={search}
      onSearch={setSearch}
      columns={columns}
    />
  );
}

function useColumns(): readonly Column<ProjectPartsFragment>[] {
  const t = useTranslations('network');
  return [
    {
      key: 'description',
      header: t('fields.description'),
      cell: (project) => (
        <span className="line-clamp-2 max-w-96 text-ink-2 [overflow-wrap:anywhere]">
          {project.description}
        </span>
      ),
      from: 'md',
    },
  ];
}
