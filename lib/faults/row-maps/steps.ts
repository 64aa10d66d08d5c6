import { copyIn } from '#engine/postgres/copy-in.ts';
import type { Random } from './random.ts';
import type { Session } from './session.ts';
import { fileTables, tableNames, type WorkTable, workTables } from './tables.ts';

/** What all sessions share. */
export interface Shop {
  readonly random: Random;
  readonly major: number;
  /** The plant's name now; `other`: of the plant that a swap puts in its place. */
  readonly schema: string;
  readonly other: string;
  readonly prepared: string[];
  /** A backup has its snapshot and reads. */
  readonly isReading: boolean;
  /** A number that no row has yet. */
  nextId(): number;
  /** About how many there are. */
  readonly ids: number;
}

type Step = (session: Session, shop: Shop) => Promise<unknown>;

const KEYED = ['plain', 'toasted', 'unlogged', 'swapped_one'] as const;

function tableOf(name: string): WorkTable {
  const table = workTables[name];
  if (!table) throw new RangeError(`No table ${name}`);
  return table;
}

function where(name: string, { random, ids }: Shop): string {
  const { key } = tableOf(name);
  return random.pick([
    `${key} BETWEEN ${random.int(ids)} AND ${random.int(ids) + 5}`,
    `${key} % ${3 + random.int(40)} = ${random.int(3)}`,
    `${key} = ${random.int(ids)}`,
    `${key} > ${ids - random.int(30)}`,
    `ctid = '(${random.int(6)},${1 + random.int(40)})'`,
  ]);
}

function insert(name: string, shop: Shop): string {
  const { columns, row } = tableOf(name);
  const rows = shop.random.chance(0.1) ? 200 : 1 + shop.random.int(12);
  const values = Array.from({ length: rows }, () => `(${row(shop.random, shop.nextId())})`);
  return `INSERT INTO ${name} (${columns}) VALUES ${values.join(', ')}`;
}

function update(name: string, shop: Shop): string {
  return `UPDATE ${name} SET ${shop.random.pick(tableOf(name).updates)} WHERE ${where(name, shop)}`;
}

/** Work on rows. */
const rowSteps: readonly [number, Step][] = [
  [14, (session, shop) => session.run(insert(shop.random.pick(tableNames), shop))],
  [18, (session, shop) => session.run(update(shop.random.pick(tableNames), shop))],
  [8, (session, shop) => deleteSome(session, shop)],
  [3, (session, shop) => subtransactions(session, shop)],
  [5, (session, shop) => lockSome(session, shop)],
  [3, (session, shop) => upsert(session, shop)],
  [3, (session, shop) => reusePointers(session, shop)],
  [0.8, (session, shop) => deleteMost(session, shop)],
];

/** Transactions that begin, end, and stay open over several backups. */
const transactionSteps: readonly [number, Step][] = [
  [10, (session) => session.begin()],
  [9, (session) => session.end(true)],
  [4, (session) => session.end(false)],
  [5, (session) => session.savepoint()],
  [3, (session) => session.leaveSavepoint('ROLLBACK TO')],
  [3, (session) => session.leaveSavepoint('RELEASE')],
  [2, (session, shop) => prepare(session, shop)],
  [2, (session, shop) => endPrepared(session, shop)],
  [0.5, (session) => useUpIds(session)],
];

/** What moves rows, rewrites files and changes structures. */
const structureSteps: readonly [number, Step][] = [
  [8, (session, shop) => vacuum(session, shop)],
  [1.2, (session, shop) => alone(session, `VACUUM FULL ${shop.random.pick(fileTables)}`)],
  [0.8, (session, shop) => cluster(session, shop)],
  [0.4, (session, shop) => session.alter(`TRUNCATE ${shop.random.pick(fileTables)}`)],
  [0.6, (session, shop) => copyFrozen(session, shop)],
  [1, (session, shop) => addColumn(session, shop)],
  [1, (session, shop) => dropColumn(session, shop)],
  [1, (session, shop) => alterType(session, shop)],
  [0.7, (session, shop) => alterStorage(session, shop)],
  [0.3, (session, shop) => alterGenerated(session, shop)],
  [0.3, (session) => session.alter('ALTER TABLE keyless RENAME COLUMN x0 TO x1')],
  [0.4, (session, shop) => renameMood(session, shop)],
  [0.5, (session) => detachAndAttach(session)],
  [0.8, (session) => session.alter(SWAP_NAMES)],
  [0.5, (session, shop) => rebuild(session, shop)],
  [0.5, (session, shop) => harmless(session, shop)],
  [0.6, (session, shop) => swapPlants(session, shop)],
];

const steps = [...rowSteps, ...transactionSteps, ...structureSteps];
const weights = steps.reduce((sum, [weight]) => sum + weight, 0);

/** One step of one session, drawn at random. */
export async function randomStep(session: Session, shop: Shop): Promise<void> {
  let left = shop.random.next() * weights;
  for (const [weight, step] of steps) {
    left -= weight;
    if (left < 0) return void (await step(session, shop));
  }
}

async function alone(session: Session, sql: string): Promise<void> {
  if (!session.isOpen) await session.run(sql);
}

function deleteSome(session: Session, shop: Shop) {
  const name = shop.random.pick(tableNames);
  return session.run(`DELETE FROM ${name} WHERE ${where(name, shop)}`);
}

function deleteMost(session: Session, shop: Shop) {
  const name = shop.random.pick(tableNames);
  return session.run(
    `DELETE FROM ${name} WHERE ${tableOf(name).key} < ${shop.random.int(shop.ids)}`,
  );
}

function subtransactions(session: Session, shop: Shop) {
  const name = shop.random.pick(tableNames);
  return session.run(`DO $$ BEGIN FOR n IN 1..${1 + shop.random.int(6)} LOOP
    BEGIN ${insert(name, shop)}; ${update(name, shop)};
      IF n % ${2 + shop.random.int(3)} = 0 THEN RAISE EXCEPTION 'no'; END IF;
    EXCEPTION WHEN raise_exception THEN NULL; END; END LOOP; END $$`);
}

/** Several sessions on one row make multixacts. */
function lockSome(session: Session, shop: Shop) {
  const name = shop.random.pick(tableNames);
  const how = shop.random.pick(['UPDATE', 'SHARE', 'NO KEY UPDATE', 'KEY SHARE']);
  return session.run(`SELECT FROM ${name} WHERE ${where(name, shop)} FOR ${how}`);
}

function upsert(session: Session, shop: Shop) {
  const name = shop.random.pick(['plain', 'unlogged', 'swapped_one']);
  const sql = insert(name, shop).replace(/VALUES \(\d+/, `VALUES (${shop.random.int(shop.ids)}`);
  return session.run(`${sql} ON CONFLICT (id) DO UPDATE SET a = 77`);
}

/** New rows take the line pointers of those that VACUUM removed. */
async function reusePointers(session: Session, shop: Shop): Promise<void> {
  if (session.isOpen) return;
  const name = shop.random.pick(tableNames);
  await session.run(`DELETE FROM ${name} WHERE ${where(name, shop)}`);
  await session.run(`VACUUM ${name}`);
  await session.run(insert(name, shop));
}

async function prepare(session: Session, shop: Shop): Promise<void> {
  if (shop.prepared.length >= 3) return;
  const name = `${shop.schema}_${shop.nextId()}`;
  if (await session.prepare(name)) shop.prepared.push(name);
}

async function endPrepared(session: Session, shop: Shop): Promise<void> {
  if (session.isOpen || shop.prepared.length === 0) return;
  const [name] = shop.prepared.splice(shop.random.int(shop.prepared.length), 1);
  await session.run(`${shop.random.pick(['COMMIT', 'COMMIT', 'ROLLBACK'])} PREPARED '${name}'`);
}

function useUpIds(session: Session) {
  return alone(
    session,
    'DO $$ BEGIN FOR i IN 1..50 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$',
  );
}

function vacuum(session: Session, { random }: Shop) {
  const how = ['FREEZE', 'INDEX_CLEANUP off', 'TRUNCATE off', 'ANALYZE', 'DISABLE_PAGE_SKIPPING'];
  return alone(session, `VACUUM (${random.pick(how)}) ${random.pick(fileTables)}`);
}

function cluster(session: Session, { random }: Shop) {
  const name = random.pick(KEYED);
  return alone(session, `CLUSTER ${name} USING ${name}_pkey`);
}

/** Rows that are frozen as they come, with a raw xmin all the same. */
async function copyFrozen(session: Session, shop: Shop): Promise<void> {
  const { random } = shop;
  if (session.isOpen) return;
  const name = random.pick(['swapped_one', 'swapped_two']);
  await session.begin();
  session.changesStructure = true;
  if (!(await session.run(`TRUNCATE ${name}`))) return;
  const lines = Array.from({ length: 5 + random.int(100) }, () => `${shop.nextId()}\t1\tfrozen\n`);
  const text = Buffer.from(lines.join(''));
  await copyIn(session.client, `COPY ${name} (id, a, b) FROM STDIN (FREEZE)`, oneOf(text)).catch(
    () => {},
  );
  await session.end();
}

async function* oneOf(bytes: Buffer) {
  yield bytes;
}

const WIDENED = ['plain', 'keyless', 'altered', 'parent', 'parted', 'swapped_one'];

function addColumn(session: Session, { random }: Shop) {
  const value = random.pick([`'k${random.int(9)}'`, 'NULL', `'r' || random()::text`]);
  const name = random.pick(WIDENED);
  return session.alter(
    `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS x${random.int(3)} text DEFAULT ${value}`,
  );
}

/** Sometimes added again under its name: then its old values are not those of the new one. */
async function dropColumn(session: Session, { random }: Shop): Promise<void> {
  const name = random.pick(WIDENED);
  const column = `x${random.int(3)}`;
  const again = `; ALTER TABLE ${name} ADD COLUMN ${column} text DEFAULT '${random.pick(['k', 'again'])}'`;
  await session.alter(
    `ALTER TABLE ${name} DROP COLUMN IF EXISTS ${column}${random.chance(0.5) ? again : ''}`,
  );
}

function alterType(session: Session, { random }: Shop) {
  const to = [
    'ts TYPE timestamptz',
    'ts TYPE timestamp',
    'vc TYPE varchar(20)',
    'vc TYPE text',
    'vc TYPE varchar(10)',
    'i TYPE bigint',
    'i TYPE int',
    `b TYPE text USING b || 'u'`,
  ];
  return session.alter(`ALTER TABLE altered ALTER ${random.pick(to)}`);
}

function alterStorage(session: Session, { random }: Shop) {
  const how = ['STORAGE EXTERNAL', 'STORAGE EXTENDED', 'STORAGE MAIN', 'COMPRESSION pglz'];
  const logged = `ALTER TABLE unlogged SET ${random.pick(['LOGGED', 'UNLOGGED'])}`;
  const stored = `ALTER TABLE toasted ALTER big SET ${random.pick(how)}`;
  return session.alter(random.pick([logged, stored]), 1);
}

function alterGenerated(session: Session, { random, major }: Shop) {
  const formula = `ALTER y SET EXPRESSION AS (x * ${2 + random.int(5)})`;
  return session.alter(`ALTER TABLE generated ${major >= 17 ? formula : 'ALTER x SET NOT NULL'}`);
}

/** Changes the text of rows that nobody writes. Not beside a read: labels are not part of PostgreSQL's snapshots. */
function renameMood(session: Session, { random, isReading }: Shop) {
  if (isReading) return Promise.resolve();
  const [from, to] = random.chance(0.5) ? ['sad', 'blue'] : ['blue', 'sad'];
  return session.alter(`ALTER TYPE mood RENAME VALUE '${from}' TO '${to}'`, 1);
}

async function detachAndAttach(session: Session): Promise<void> {
  await session.alter('ALTER TABLE parted DETACH PARTITION parted_high', 0);
  if (session.isOpen) await session.run('UPDATE parted_high SET a = a + 5 WHERE id % 7 = 1');
  if (session.isOpen)
    await session.run(
      'ALTER TABLE parted ATTACH PARTITION parted_high FOR VALUES FROM (500) TO (1000)',
    );
  await session.end();
}

const SWAP_NAMES = `ALTER TABLE swapped_one RENAME TO swapped_three;
  ALTER TABLE swapped_two RENAME TO swapped_one; ALTER TABLE swapped_three RENAME TO swapped_two`;

/** Another table under the name. */
function rebuild(session: Session, shop: Shop) {
  return session.alter(
    `CREATE TABLE built AS SELECT * FROM swapped_two ORDER BY random();
     ALTER TABLE built ADD CONSTRAINT pk_${shop.nextId()} PRIMARY KEY (id);
     DROP TABLE swapped_two; ALTER TABLE built RENAME TO swapped_two`,
    1,
  );
}

function harmless(session: Session, { random }: Shop) {
  const what = [
    'CREATE INDEX IF NOT EXISTS plain_a ON plain (a)',
    'DROP INDEX IF EXISTS plain_a',
    'REINDEX TABLE plain',
    'GRANT SELECT ON plain TO PUBLIC',
    'ALTER TABLE plain SET (fillfactor = 80)',
  ];
  return session.alter(random.pick(what), 1);
}

/** What apply and undo do. */
function swapPlants(session: Session, { schema, other }: Shop) {
  return session.alter(
    `ALTER SCHEMA ${schema} RENAME TO ${schema}_away; ALTER SCHEMA ${other} RENAME TO ${schema};
     ALTER SCHEMA ${schema}_away RENAME TO ${other}`,
    1,
  );
}
