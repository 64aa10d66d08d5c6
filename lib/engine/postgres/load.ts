import { createHash } from 'node:crypto';
import { type Client, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import type { ManifestTable } from '../ports.ts';
import { copyIn } from './copy-in.ts';

/**
 * Sets up a connection that loads `schema`. Commits do not wait for the disk: PostgreSQL's log is in order,
 * so the later commit that marks the stage as good makes all of it durable first. The other settings make
 * COPY text mean what it meant when it was read, and give index builds memory to sort in. They let ANALYZE sample
 * 9,000 rows of a table instead of 30,000; autovacuum samples more later.
 */
export function loadSettings(schema: string): string {
  return `SET search_path = ${escapeIdentifier(schema)};
    SET synchronous_commit = off;
    SET maintenance_work_mem = '256MB';
    SET default_statistics_target = 30;
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    SET client_encoding = 'UTF8';
    SET DateStyle = 'ISO';
    SET IntervalStyle = 'postgres';
    SET TimeZone = 'UTC';
    SET row_security = off`;
}

/**
 * Replaces all rows of a table by `text` (COPY text of the manifest's columns). Compares row count, size
 * and SHA-256, where the manifest has one, before it commits. Rows are frozen at once, so later reads need not look
 * up who wrote them. Calls `onBytes` for every piece. Throws DIGEST_MISMATCH, or what PostgreSQL throws.
 */
export async function loadTable(
  client: Client,
  table: ManifestTable,
  text: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = escapeIdentifier(table.name);
  const columns = table.columns.map(escapeIdentifier).join(', ');
  const seen = { hash: createHash('sha256'), bytes: 0 };
  try {
    await client.query(`BEGIN; TRUNCATE ${name}`);
    // The rows of a table without columns are empty lines; COPY takes no empty list of columns.
    const list = columns === '' ? '' : ` (${columns})`;
    const rows = await copyIn(
      client,
      `COPY ${name}${list} FROM STDIN WITH (FREEZE)`,
      measured(text, seen, onBytes, signal),
    );
    assertSame(table, { rows, bytes: seen.bytes, sha256: seen.hash.digest('hex') });
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {}); // the first failure is the one to report
    throw cause;
  }
}

async function* measured(
  text: AsyncIterable<Uint8Array>,
  seen: { hash: ReturnType<typeof createHash>; bytes: number },
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  for await (const piece of text) {
    signal.throwIfAborted();
    seen.hash.update(piece);
    seen.bytes += piece.length;
    onBytes(piece.length);
    yield piece;
  }
}

function assertSame(
  table: ManifestTable,
  loaded: { rows: number; bytes: number; sha256: string },
): void {
  const same =
    loaded.rows === table.rows &&
    loaded.bytes === table.bytes &&
    (table.sha256 === null || loaded.sha256 === table.sha256);
  if (same) return;
  throw new FiberkeepError('DIGEST_MISMATCH', {
    reason: 'tableContentsDiffer',
    params: { table: table.name, rows: table.rows, foundRows: loaded.rows },
  });
}
