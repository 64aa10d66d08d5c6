import type { ClientBase } from 'pg';
import type { Sql } from '#engine/bring-back/sql.ts';

/** The box and the port that a row's client shall have. */
const wanted = (column: 'box_id' | 'port') =>
  `(CASE WHEN r.vals ? '${column}' THEN r.vals ->> '${column}' ELSE r.before ->> '${column}' END)`;
const isFine = `r.state IN ('NEW', 'UPDATED', 'SAME')`;
const fault = (path: string, reason: string, params: string) =>
  `jsonb_build_object('path', '${path}', 'reason', '${reason}', 'params', jsonb_build_object(${params}))`;

/**
 * Marks rows as WRONG that break a rule between elements, as `port-rules.ts` has them: two clients on one port, a port
 * that its box lacks, more clients than ports, fewer ports than are in use; and an external id that another element has.
 * Each row counts for those after it; elements that stay as they are come first.
 */
export async function matchRules(db: ClientBase, row: string): Promise<void> {
  await judgeExternalIds(db, row);
  await judgeBoxes(db, row);
  await judgeClients(db, row);
}

async function judgeExternalIds(db: ClientBase, row: string): Promise<void> {
  for (const kind of ['project', 'pole', 'box', 'cable', 'client'])
    await db.query(`
      UPDATE ${row} r SET state = 'WRONG', faults = r.faults || jsonb_build_array(
          jsonb_build_object('path', 'externalId', 'reason', 'externalIdTaken'))
        FROM plant.${kind} p
       WHERE r.kind = '${kind}' AND r.state IN ('NEW', 'UPDATED') AND p.external_id = r.external_id AND p.id <> r.id`);
}

async function judgeBoxes(db: ClientBase, row: string): Promise<void> {
  await db.query(`
    UPDATE ${row} r SET state = 'WRONG', faults = r.faults || jsonb_build_array(
        CASE WHEN c.port > (r.vals ->> 'ports')::int
             THEN ${fault('ports', 'portInUse', "'port', c.port, 'name', c.name")}
             ELSE ${fault('ports', 'clientsConnected', "'clients', c.clients")} END)
      FROM (SELECT DISTINCT ON (box_id) box_id, port, name, count(*) OVER (PARTITION BY box_id) AS clients
              FROM plant.client WHERE box_id IN (SELECT id FROM ${row} WHERE kind = 'box' AND state = 'UPDATED')
             ORDER BY box_id, port DESC NULLS LAST) c
     WHERE r.kind = 'box' AND r.state = 'UPDATED' AND r.changes ? 'ports' AND c.box_id = r.id
       AND (c.port > (r.vals ->> 'ports')::int OR c.clients > (r.vals ->> 'ports')::int)`);
}

async function judgeClients(db: ClientBase, row: string): Promise<void> {
  await db.query(`
    WITH mine AS (
      SELECT r.ctid AS at, r.n, r.id, r.name, ${wanted('box_id')}::uuid AS box, ${wanted('port')}::int AS port,
             NOT r.found OR r.changes ?| ARRAY['box_id', 'port'] AS moves, NOT r.found OR r.changes ? 'box_id' AS enters
        FROM ${row} r WHERE r.kind = 'client' AND ${isFine} AND ${wanted('box_id')} IS NOT NULL),
    others AS (
      SELECT c.box_id AS box, c.port, c.name FROM plant.client c
       WHERE c.box_id IN (SELECT box FROM mine WHERE moves) AND NOT EXISTS (SELECT FROM mine m WHERE m.id = c.id)),
    holders AS (SELECT box, port, min(name) AS name FROM others WHERE port IS NOT NULL GROUP BY 1, 2),
    counts AS (SELECT box, count(*) AS clients FROM others GROUP BY 1),
    boxes AS (
      SELECT b.box, CASE WHEN r.vals ? 'ports' THEN (r.vals ->> 'ports')::int ELSE p.ports END AS ports
        FROM (SELECT DISTINCT box FROM mine WHERE moves) b
        LEFT JOIN ${row} r ON r.kind = 'box' AND r.id = b.box AND ${isFine}
        LEFT JOIN plant.box p ON p.id = b.box),
    judged AS (
      SELECT m.*, b.ports, coalesce(h.name, CASE WHEN m.port IS NOT NULL AND row_number() OVER same > 1
                                                 THEN first_value(m.name) OVER same END) AS holder,
             coalesce(c.clients, 0) + row_number() OVER (PARTITION BY m.box ORDER BY m.enters, m.n) AS seat
        FROM mine m JOIN boxes b ON b.box = m.box
        LEFT JOIN holders h ON h.box = m.box AND h.port = m.port LEFT JOIN counts c ON c.box = m.box
      WINDOW same AS (PARTITION BY m.box, m.port ORDER BY m.moves, m.n))
    UPDATE ${row} r SET state = 'WRONG', faults = r.faults || jsonb_build_array(CASE
        WHEN j.holder IS NOT NULL THEN ${fault('port', 'portTaken', "'name', j.holder")}
        WHEN j.port > j.ports THEN ${fault('port', 'portAbove', "'ports', j.ports")}
        ELSE ${fault('boxId', 'boxFull', "'ports', j.ports")} END)
      FROM judged j
     WHERE r.ctid = j.at AND j.moves
       AND (j.holder IS NOT NULL OR j.port > j.ports OR (j.enters AND j.seat > j.ports))`);
}

/**
 * Locks the boxes that get clients until the transaction ends, and answers whether a port of theirs was taken, or a
 * box lost ports, since the rows were matched.
 */
export async function portsStillFree(db: Sql, schema: string): Promise<boolean> {
  const row = `${schema}.row`;
  await db.rows(
    `SELECT 1 FROM plant.box WHERE id IN (SELECT ${wanted('box_id')}::uuid FROM ${row} r
       WHERE r.kind = 'client' AND r.state IN ('NEW', 'UPDATED')) ORDER BY id FOR NO KEY UPDATE`,
  );
  const [found] = await db.rows<{ taken: boolean }>(
    `WITH mine AS (
       SELECT r.id, ${wanted('box_id')}::uuid AS box, ${wanted('port')}::int AS port FROM ${row} r
        WHERE r.kind = 'client' AND (r.state = 'NEW' OR (r.state = 'UPDATED' AND r.changes ?| ARRAY['box_id', 'port'])))
     SELECT EXISTS (SELECT FROM mine m JOIN plant.client c ON c.box_id = m.box AND c.port = m.port AND c.id <> m.id
              AND NOT EXISTS (SELECT FROM ${row} w WHERE w.kind = 'client' AND w.id = c.id AND w.state = 'UPDATED'))
         OR EXISTS (SELECT FROM mine m JOIN plant.box b ON b.id = m.box AND m.port > b.ports
              AND NOT EXISTS (SELECT FROM ${row} w WHERE w.kind = 'box' AND w.id = b.id AND w.state = 'UPDATED')) AS taken`,
  );
  return !found?.taken;
}
