import type { Side } from '#engine/compare/scratch.ts';
import type { Server } from '../server.ts';
import {
  type ChangedFile,
  type ChangeRow,
  filesOfPosts,
  namesOfRows,
  type RowPair,
  rowPairs,
  type Scratch,
} from './change-rows.ts';
import { isSecret, references, traceColumns } from './network-words.ts';

/** A field of a change, by its column's name. */
export interface ShownField {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Where the field names another row: what that is called on each side. */
  readonly beforeName: string | null;
  readonly afterName: string | null;
  /** A secret: it differs, and nobody is shown how. */
  readonly hidden: boolean;
}

/** The name is null where nobody knows it any more. */
export interface NamedId {
  readonly id: string;
  readonly name: string | null;
}

/** A change with all that a person is shown of it. */
export interface ShownChange extends Omit<ChangeRow, 'changedBy'>, RowPair {
  readonly fields: readonly ShownField[];
  readonly project: NamedId | null;
  readonly changedBy: NamedId | null;
  readonly files: readonly ShownFile[];
}

export interface ShownFile extends ChangedFile {
  /** Its bytes are on this server. */
  readonly here: boolean;
}

/** Reads what a page of changes shows: a few statements for each table on it, whatever the number of changes. */
export async function showChanges(
  server: Server,
  scratch: Scratch,
  rows: readonly ChangeRow[],
): Promise<ShownChange[]> {
  const pairs = await pairsOf(server, scratch, rows);
  const names = await openNames(server, scratch, rows, pairs);
  const files = await filesOf(server, scratch, rows, pairs);
  return rows.map((row, at) => {
    const pair = pairs[at] ?? { before: null, after: null };
    const { projectId, changedBy } = row;
    return {
      ...row,
      before: withoutSecrets(pair.before),
      after: withoutSecrets(pair.after),
      fields: fieldsOf(pair, names),
      project: projectId ? { id: projectId, name: names('project', 'after', projectId) } : null,
      changedBy: changedBy
        ? { id: changedBy, name: names('user_account', 'after', changedBy) }
        : null,
      files: files[at] ?? [],
    };
  });
}

async function pairsOf(
  server: Server,
  scratch: Scratch,
  rows: readonly ChangeRow[],
): Promise<RowPair[]> {
  const found: RowPair[] = new Array(rows.length);
  await Promise.all(
    scratch.tables.map(async (table) => {
      const places = rows.flatMap((row, at) => (row.table === table.name ? [at] : []));
      if (places.length === 0) return;
      const keys = places.map((at) => rows[at]?.key ?? []);
      const pairs = await rowPairs(server, scratch, table, keys);
      for (const [nth, at] of places.entries()) found[at] = pairs[nth] ?? noRow;
    }),
  );
  return found;
}

const noRow: RowPair = { before: null, after: null };

function withoutSecrets(row: RowPair['before']): RowPair['before'] {
  return row && Object.fromEntries(Object.entries(row).filter(([name]) => !isSecret(name)));
}

type Names = (table: string, side: Side, id: string) => string | null;

/** Reads at once what all rows on the page refer to. */
async function openNames(
  server: Server,
  scratch: Scratch,
  rows: readonly ChangeRow[],
  pairs: readonly RowPair[],
): Promise<Names> {
  const wanted = new Map<string, Set<string>>();
  const want = (table: string, side: Side, id: unknown) => {
    if (typeof id !== 'string') return;
    const key = `${side} ${table}`;
    wanted.set(key, (wanted.get(key) ?? new Set()).add(id));
  };
  for (const { projectId, changedBy } of rows) {
    want('project', 'after', projectId);
    want('user_account', 'after', changedBy);
  }
  for (const pair of pairs)
    for (const side of ['before', 'after'] as const)
      for (const [column, table] of Object.entries(references))
        want(table, side, pair[side]?.[column]);
  const found = new Map<string, Map<string, string>>();
  await Promise.all(
    [...wanted].map(async ([key, ids]) => {
      const [side, table] = key.split(' ') as [Side, string];
      found.set(key, await namesOfRows(server, scratch, { table, side, ids: [...ids] }));
    }),
  );
  return (table, side, id) => found.get(`${side} ${table}`)?.get(id) ?? null;
}

/** Those that differ, or of a row that only one side has, all. */
function fieldsOf({ before, after }: RowPair, names: Names): ShownField[] {
  const columns = Object.keys(after ?? before ?? {}).filter((name) => !traceColumns.has(name));
  return columns.flatMap((name): ShownField[] => {
    const [was, is] = [before?.[name] ?? null, after?.[name] ?? null];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    if (isSecret(name)) return [{ name, ...nothingShown, hidden: true }];
    const table = references[name];
    const nameOf = (side: Side, id: unknown) =>
      table && typeof id === 'string' ? names(table, side, id) : null;
    const named = { beforeName: nameOf('before', was), afterName: nameOf('after', is) };
    return [{ name, before: was, after: is, ...named, hidden: false }];
  });
}

const nothingShown = { before: null, after: null, beforeName: null, afterName: null };

/** The files of posts, and of rows that are files themselves. */
async function filesOf(
  server: Server,
  scratch: Scratch,
  rows: readonly ChangeRow[],
  pairs: readonly RowPair[],
): Promise<ShownFile[][]> {
  const postOf = (row: ChangeRow, at: number) => {
    if (row.table === 'post') return row.id;
    if (row.table !== 'post_file') return null;
    const pair = pairs[at] ?? noRow;
    return (pair.after ?? pair.before)?.post_id as string;
  };
  const posts = rows.map(postOf);
  const ids = [...new Set(posts.filter((id) => id !== null))];
  const files = await filesOfPosts(server, scratch, ids);
  const here = new Map<string, boolean>();
  for (const sha256 of new Set(files.map((file) => file.sha256)))
    here.set(sha256, await server.files.has(sha256));
  return rows.map((row, at) =>
    files
      .filter((file) =>
        row.table === 'post_file' ? file.id === row.id : file.postId === posts[at],
      )
      .map((file) => ({ ...file, here: here.get(file.sha256) ?? false })),
  );
}
