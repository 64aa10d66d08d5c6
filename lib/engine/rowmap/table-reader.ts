import { type Client, escapeIdentifier } from 'pg';
import type { Table } from '../postgres/introspect.ts';
import { qualified } from '../postgres/snapshot.ts';
import type { IdentifiedTable } from './identity.ts';

/** A connection in the snapshot, and the table that it reads. */
export interface TableReader {
  readonly client: Client;
  /** Qualified and quoted. */
  readonly name: string;
  /** Quoted, as COPY writes them. */
  readonly columns: readonly string[];
  readonly table: IdentifiedTable;
  readonly signal: AbortSignal;
}

export function tableReader(
  client: Client,
  schema: string,
  { name, columns }: Table,
  table: IdentifiedTable,
  signal: AbortSignal,
): TableReader {
  const quoted = columns.map((column) => escapeIdentifier(column));
  return { client, name: qualified(schema, name), columns: quoted, table, signal };
}
