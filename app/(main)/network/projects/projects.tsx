'use client';

import { useTranslations } from 'next-intl';
import type { Column } from '#app/components/ui/data-table.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { type ProjectPartsFragment, ProjectsDocument } from '#generated/graphql/client/graphql.ts';
import { ElementList } from '../elements/element-list.tsx';
import { useListFilter } from '../elements/list-address.ts';
import { projectKit } from './project-kit.ts';

export function Projects() {
  const { search, tagId } = useListFilter([]);
  const filter = { search, tagId };
  const list = useConnection(ProjectsDocument, filter, (data) => data.projects, { keeps: true });
  const columns = useColumns();
  return <ElementList kit={projectKit} list={list} columns={columns} />;
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
