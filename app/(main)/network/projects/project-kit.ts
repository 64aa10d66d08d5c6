import {
  CreateProjectDocument,
  type CreateProjectInput,
  DeleteProjectDocument,
  type ProjectPartsFragment,
  UpdateProjectDocument,
  type UpdateProjectInput,
} from '#generated/graphql/client/graphql.ts';
import { type ElementKit, type ElementValues, textOf, textOrNull } from '../elements/kit.ts';

const input = (values: ElementValues) => ({
  name: textOf(values, 'name'),
  description: textOf(values, 'description'),
  externalId: textOrNull(values, 'externalId'),
  tagIds: [...values.tagIds],
});

export const projectKit: ElementKit<ProjectPartsFragment, CreateProjectInput, UpdateProjectInput> =
  {
    kind: 'PROJECT',
    fields: [
      { type: 'text', name: 'name', required: true },
      { type: 'area', name: 'description' },
      { type: 'text', name: 'externalId', half: true },
    ],
    values: (project) => ({
      text: {
        name: project?.name ?? '',
        description: project?.description ?? '',
        externalId: project?.externalId ?? '',
      },
      refs: {},
      tagIds: project?.tags.map((tag) => tag.id) ?? [],
    }),
    createInput: input,
    updateInput: input,
    create: CreateProjectDocument,
    update: UpdateProjectDocument,
    remove: DeleteProjectDocument,
  };
