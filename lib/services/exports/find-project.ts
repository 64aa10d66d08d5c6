import { FiberkeepError } from '#errors';
import { sameName } from '#text';
import { listElements } from '../network/element-queries.ts';
import type { Server } from '../server.ts';
import type { ExportPermit } from './permit-export.ts';

/** More projects of one name than this have the same answer: the name says too little. */
const MOST_LIKE_IT = 200;

/** The id of the only project whose name looks like this. Throws NOT_FOUND or CONFLICT. */
export async function findProjectNamed(
  server: Server,
  { view }: ExportPermit,
  name: string,
): Promise<string> {
  const request = { search: name, first: MOST_LIKE_IT };
  const { items } = await listElements(server, view, 'project', request);
  const [found, ...others] = items.filter(({ row }) => sameName(row.name, name));
  if (!found) throw new FiberkeepError('NOT_FOUND', { reason: 'noProjectNamed', params: { name } });
  if (others.length > 0)
    throw new FiberkeepError('CONFLICT', { reason: 'projectNameNotUnique', params: { name } });
  return found.row.id;
}
