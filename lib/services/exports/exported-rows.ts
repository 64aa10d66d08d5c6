import type { Client } from 'pg';
import { Prisma } from '#generated/plant/client.ts';
import {
  type ExchangeColumn,
  type ExchangeKind,
  exchangeColumns,
} from '#plant/exchange/columns.ts';
import type { ExchangeElement, ExchangeValue, Position } from '#plant/exchange/element.ts';
import { columnOf, type ElementKind, tableOf, tagTableOf } from '../network/element-rows.ts';
import { conditionsOf } from '../network/page-rows.ts';
import { searchText } from '../page.ts';
import type { ExportFilter } from './export-order.ts';

/** Paths have up to 10,000 positions, so fewer cables are held at a time. */
const ROWS_AT_A_TIME = { project: 500, pole: 500, box: 500, cable: 100, client: 500 };

/** Begins the transaction in which `declareExported` and `fetchExported` see one instant. */
export async function beginReading(client: Client): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

/** Finds the tables of a kind by name, once: rows that are fetched later are of these tables, whatever is renamed. */
export async function declareExported(
  client: Client,
  kind: ElementKind,
  filter: ExportFilter,
): Promise<void> {
  const { text, values } = Prisma.sql`
    DECLARE ${cursorOf(kind)} NO SCROLL CURSOR FOR ${selectExported(kind, filter)}`;
  await client.query({ text, values: [...values] });
}

/** The rows of a declared kind, by project and name. */
export async function* fetchExported(
  client: Client,
  kind: ElementKind,
): AsyncGenerator<ExchangeElement, void> {
  const next = `FETCH ${ROWS_AT_A_TIME[kind]} FROM ${cursorOf(kind).sql}`;
  for (;;) {
    const { rows } = await client.query<Row>(next);
    if (rows.length === 0) return;
    for (const row of rows) yield elementOf(kind, row);
  }
}

type Row = Readonly<Record<string, ExchangeValue>>;

function elementOf(kind: ElementKind, { inProject, ...values }: Row): ExchangeElement {
  const projectId = inProject as string | null;
  if (typeof values.path !== 'string') return { kind, projectId, values };
  return { kind, projectId, values: { ...values, path: positionsOf(values.path) } };
}

/** The column may hold anything that is JSON; a path has two or more positions. */
function positionsOf(json: string): readonly Position[] {
  const path: unknown = JSON.parse(json);
  return Array.isArray(path) ? (path as Position[]).filter(Array.isArray) : [];
}

const cursorOf = (kind: ElementKind) => Prisma.raw(`exported_${kind}`);

function selectExported(kind: ElementKind, filter: ExportFilter): Prisma.Sql {
  const columns = exchangeColumns[kind];
  const references = columns.filter(({ type }) => type === 'reference');
  const project = kind === 'project' ? Prisma.sql`e.id` : Prisma.sql`e.project_id`;
  return Prisma.sql`
    SELECT ${project}::text AS "inProject", ${Prisma.join(columns.map((one) => columnFor(kind, one)))}
      FROM (SELECT * FROM ${tableOf(kind)} WHERE ${exportedOf(kind, filter)}) AS e
      ${references.length > 0 ? Prisma.join(references.map(labelOf), ' ') : Prisma.empty}
     ORDER BY ${project}, plant.fold_name(e."name" COLLATE "C"), e.id`;
}

function exportedOf(kind: ElementKind, { projectId, search, ...filter }: ExportFilter): Prisma.Sql {
  const words = searchText(search);
  if (kind !== 'project' || projectId === null)
    return conditionsOf(kind, { ...filter, projectId }, words);
  return Prisma.sql`id::text = ${projectId} AND ${conditionsOf(kind, filter, words)}`;
}

function columnFor(kind: ElementKind, { name, type }: ExchangeColumn): Prisma.Sql {
  const as = Prisma.raw(`AS "${name}"`);
  const column = Prisma.raw(`e."${snakeCase(name)}"`);
  if (type === 'reference') return Prisma.sql`${aliasOf(name)}.label ${as}`;
  if (type === 'tags') return Prisma.sql`${tagNames(kind)} ${as}`;
  if (type === 'path' || name === 'id') return Prisma.sql`${column}::text ${as}`;
  return Prisma.sql`${column} ${as}`;
}

function tagNames(kind: ElementKind): Prisma.Sql {
  return Prisma.sql`ARRAY(SELECT t.name::text FROM ${tagTableOf(kind)} AS l JOIN plant.tag AS t ON t.id = l.tag_id
    WHERE l.${columnOf(kind)} = e.id ORDER BY plant.fold_name(t.name COLLATE "C"))`;
}

/** The column that `columns.ts` describes. LATERAL lets PostgreSQL remember the labels of elements that many rows refer to. */
function labelOf({ name, to }: ExchangeColumn): Prisma.Sql {
  const table = tableOf(to as ExchangeKind);
  const others = (text: Prisma.Sql) => Prisma.sql`EXISTS (SELECT FROM ${table} AS o
    WHERE plant.fold_name(o."name" COLLATE "C") = plant.fold_name(${text} COLLATE "C") AND o.id <> r.id)`;
  return Prisma.sql`LEFT JOIN LATERAL (
    SELECT CASE WHEN NOT ${others(Prisma.sql`r."name"`)} THEN r."name"
      WHEN r.external_id IS NOT NULL AND NOT ${others(Prisma.sql`r.external_id`)} THEN r.external_id
      ELSE r.id::text END AS label
    FROM ${table} AS r WHERE r.id = e.${Prisma.raw(`"${snakeCase(name)}_id"`)}) AS ${aliasOf(name)} ON true`;
}

const aliasOf = (name: string) => Prisma.raw(`"of_${name}"`);

const snakeCase = (name: string) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
