import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';

/** What COPY text depends on. Set once for each connection; any role may set all of it. */
const COPY_SETTINGS = {
  synchronize_seqscans: 'off',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  xmlbinary: 'base64',
  xmloption: 'content',
  row_security: 'off',
  search_path: '',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;

/** Hex: another one means that the same rows may have other text. */
export const COPY_SETTINGS_DIGEST = createHash('sha256')
  .update(JSON.stringify(COPY_SETTINGS))
  .digest('hex');

/** Makes COPY write the same bytes, and read them the same way, on every connection. */
export async function applyCopySettings(client: ClientBase): Promise<void> {
  await client.query(
    `SELECT pg_catalog.set_config(name, setting, false)
       FROM unnest($1::text[], $2::text[]) AS wanted (name, setting)`,
    [Object.keys(COPY_SETTINGS), Object.values(COPY_SETTINGS)],
  );
}
