import type { ClientBase } from 'pg';

/** Runs statements in one transaction that the caller began. Counts are read as `::float8`. */
export interface Sql {
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** On a plain connection. */
export function sqlOn(client: ClientBase): Sql {
  return {
    async rows<Row extends object>(text: string, values: readonly unknown[] = []) {
      const { rows } = await client.query(text, [...values]);
      return rows as Row[];
    },
  };
}
