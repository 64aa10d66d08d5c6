import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainly } from '#engine/external/send.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import {
  condemnObject,
  enterFoundObjects,
  enterMissing,
  forgetObjects,
  inventoryTotals,
  markChecked,
  markPlaced,
  openInventory,
  takeCondemned,
} from './inventory-rows.ts';

let opened: TestServer;
beforeAll(async () => {
  opened = await openTestServer();
});
afterAll(() => opened[Symbol.asyncDispose]());

const NAMES = Array.from({ length: 30 }, (_, n) => `chunks/${n}.1`);
const places = [randomUUID(), randomUUID()];

/** What a scan of the whole inventory finds. */
async function scanned(id: string) {
  const { rows } = await opened.server.pool.query(
    `SELECT count(*)::int AS objects, coalesce(sum(bytes), 0)::bigint AS bytes, count(damaged_at)::int AS damaged
       FROM vault.external_object WHERE destination_id = $1 AND sent_at IS NOT NULL`,
    [id],
  );
  return { ...rows[0], bytes: BigInt(rows[0].bytes) };
}

/** Everything that changes the inventory, on a few names. */
function steps(id: string, names: string[]) {
  const { pool } = opened.server;
  const sizes = names.map((name, n) => ({ name, bytes: 100 + n, sha256: Buffer.alloc(32) }));
  return [
    () => openInventory(pool, id).enter(names),
    () => markPlaced(pool, id, sizes, plainly),
    () => markChecked(pool, id, { good: sizes.slice(1), damaged: names.slice(0, 1) }),
    () =>
      enterFoundObjects(
        pool,
        id,
        sizes.map((one) => ({ ...one, modifiedAt: new Date() })),
      ),
    () => enterMissing(pool, id, names),
    () => condemnObject(pool, id, names[0] ?? ''),
    () => takeCondemned(pool, id, names),
    () => forgetObjects(pool, id, names),
    () =>
      opened.server.vault.externalObject.deleteMany({
        where: { destinationId: id, name: names[0] },
      }),
  ];
}

test('the sums that health reads are those of a scan, after any changes in any order', async () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 150; round++) {
    const id = places[random(2)] ?? '';
    const from = random(25);
    const all = steps(id, NAMES.slice(from, from + 1 + random(5)));
    await all[random(all.length)]?.();
    if (round % 10 > 0) continue;
    const totals = await inventoryTotals(opened.server.pool, places);
    for (const one of places)
      expect(totals.get(one) ?? { objects: 0, bytes: 0n, damaged: 0 }).toMatchObject(
        await scanned(one),
      );
  }
  expect((await scanned(places[0] ?? '')).objects).toBeGreaterThan(0);
});

test('health reads no row of the inventory but one', async () => {
  const id = randomUUID();
  const { pool } = opened.server;
  const many = Array.from({ length: 5_000 }, (_, n) => `chunks/${n}.2`);
  await markPlaced(
    pool,
    id,
    many.map((name) => ({ name, bytes: 1, sha256: Buffer.alloc(32) })),
    plainly,
  );
  await pool.query('ANALYZE vault.external_object');
  const { rows } = await pool.query(
    `EXPLAIN (FORMAT JSON) SELECT (SELECT checked_at FROM vault.external_object o
       WHERE o.destination_id = t.destination_id AND o.checked_at IS NOT NULL AND o.sent_at IS NOT NULL
       ORDER BY checked_at LIMIT 1) FROM vault.external_total t WHERE t.destination_id = $1`,
    [id],
  );
  expect(JSON.stringify(rows)).not.toMatch(/"Node Type":"Seq Scan"[^}]*external_object/);
  expect((await inventoryTotals(pool, [id])).get(id)).toMatchObject({
    objects: 5_000,
    bytes: 5_000n,
  });
});
