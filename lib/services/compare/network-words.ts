/**
 * How rows are shown in the network's words: what they are called, to which project they belong, where they are. SQL
 * expressions over a row `r`; pure text, so that the policy is in one place.
 */

/** Makes an expression over a row of `table` whose id is `id`, of either side or of the network of now. */
export type LookUp = (table: string, id: string, expression: (row: string) => string) => string;

/** The words for a kind of row, as SQL over `r`. Null: there is none. */
export interface RowWords {
  readonly label: string;
  readonly project: string | null;
  readonly lat: string | null;
  readonly lng: string | null;
  /** Ids whose deletion also deleted this row. */
  readonly deletedWith: readonly string[];
}

const elementTables = ['pole', 'box', 'cable', 'client'] as const;

/** Which table each reference names. */
export const references: Readonly<Record<string, string>> = {
  project_id: 'project',
  pole_id: 'pole',
  box_id: 'box',
  from_box_id: 'box',
  to_box_id: 'box',
  drop_id: 'cable',
  cable_id: 'cable',
  client_id: 'client',
  post_id: 'post',
  tag_id: 'tag',
  role_id: 'role',
  created_by: 'user_account',
  updated_by: 'user_account',
};

/** The column by which a row of a table is called. */
export const nameColumns: Readonly<Record<string, string>> = {
  project: 'name',
  pole: 'name',
  box: 'name',
  cable: 'name',
  client: 'name',
  post: 'title',
  post_file: 'name',
  tag: 'name',
  role: 'name',
  user_account: 'name',
};

/** What only comes along with others: people see the files of their posts instead. */
export const unlistedTables: ReadonlySet<string> = new Set(['stored_file']);

/** Shown only to who manages users. */
export const accountTables: ReadonlySet<string> = new Set(['user_account', 'role']);

/** Who made or changed a row is told apart from its fields. */
export const traceColumns: ReadonlySet<string> = new Set([
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
]);

const SECRET = /password|passphrase|secret|token|credential|private_?key|api_?key/i;

/** Columns whose values nobody is shown. */
export function isSecret(column: string): boolean {
  return SECRET.test(column);
}

/** The words for a table of ours; null for one that was made by hand. */
export function wordsFor(table: string, lookUp: LookUp): RowWords | null {
  const words = tableWords[table];
  return words ? { lat: null, lng: null, deletedWith: [], ...words(lookUp) } : null;
}

type Words = Pick<RowWords, 'label' | 'project'> & Partial<RowWords>;

const element = (): Words => ({
  label: 'r.name',
  project: 'r.project_id',
  lat: 'r.lat',
  lng: 'r.lng',
});
const named = (): Words => ({ label: 'r.name', project: null });

const tableWords: Readonly<Record<string, (lookUp: LookUp) => Words>> = {
  project: () => ({ label: 'r.name', project: 'r.id' }),
  pole: element,
  box: element,
  client: element,
  cable: () => ({ label: 'r.name', project: 'r.project_id', ...pathStart('r') }),
  post: (lookUp) => ({
    label: 'r.title',
    project: postProject('r', lookUp),
    ...postPlace('r', lookUp),
    deletedWith: ['r.project_id', ...elementTables.map((table) => `r.${table}_id`)],
  }),
  post_file: (lookUp) => {
    const ofPost = (expression: (row: string) => string) => lookUp('post', 'r.post_id', expression);
    return {
      label: 'r.name',
      project: ofPost((post) => postProject(post, lookUp)),
      lat: ofPost((post) => postPlace(post, lookUp).lat),
      lng: ofPost((post) => postPlace(post, lookUp).lng),
      deletedWith: [
        'r.post_id',
        ...['project', ...elementTables].map((table) => ofPost((post) => `${post}.${table}_id`)),
      ],
    };
  },
  tag: named,
  role: named,
  user_account: named,
  setting: () => ({ label: 'r.key', project: null }),
  project_tag: (lookUp) => tagged('project', lookUp, 'r.project_id'),
  post_tag: (lookUp) =>
    tagged(
      'post',
      lookUp,
      lookUp('post', 'r.post_id', (post) => postProject(post, lookUp)),
    ),
  ...Object.fromEntries(
    elementTables.map((table) => [
      `${table}_tag`,
      (lookUp: LookUp) =>
        tagged(
          table,
          lookUp,
          lookUp(table, `r.${table}_id`, (row) => `${row}.project_id`),
        ),
    ]),
  ),
};

function tagged(table: string, lookUp: LookUp, project: string): Words {
  return {
    label: lookUp('tag', 'r.tag_id', (tag) => `${tag}.name`),
    project,
    deletedWith: [`r.${table}_id`, 'r.tag_id'],
  };
}

/** A post is on one element, or on a project itself. */
function postProject(post: string, lookUp: LookUp): string {
  const ofElements = elementTables.map((table) =>
    lookUp(table, `${post}.${table}_id`, (row) => `${row}.project_id`),
  );
  return `coalesce(${[`${post}.project_id`, ...ofElements].join(', ')})`;
}

function postPlace(post: string, lookUp: LookUp): { lat: string; lng: string } {
  const of = (axis: 'lat' | 'lng') =>
    `coalesce(${elementTables
      .map((table) =>
        lookUp(table, `${post}.${table}_id`, (row) =>
          table === 'cable' ? pathStart(row)[axis] : `${row}.${axis}`,
        ),
      )
      .join(', ')})`;
  return { lat: of('lat'), lng: of('lng') };
}

/** A cable is where its path begins: [[lng, lat], …] (RFC 7946). */
function pathStart(row: string): { lat: string; lng: string } {
  const number = (at: number) =>
    `CASE WHEN jsonb_typeof(${row}.path #> '{0,${at}}') = 'number' THEN (${row}.path #>> '{0,${at}}')::float8 END`;
  return { lat: number(1), lng: number(0) };
}
