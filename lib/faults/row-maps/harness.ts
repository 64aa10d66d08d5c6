import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createBackup } from '#engine/backup/create.ts';
import { readTable } from '#engine/backup/read.ts';
import { CopySocket } from '#engine/memory/copy-socket.ts';
import type { ChunkIndex, Manifest } from '#engine/ports.ts';
import { copyOut } from '#engine/postgres/copy-out.ts';
import { listTables } from '#engine/postgres/introspect.ts';
import { applyCopySettings } from '#engine/postgres/settings.ts';
import { copyStatement } from '#engine/postgres/snapshot.ts';
import { identifyTables } from '#engine/rowmap/identity.ts';
import { type RowMap, readRowMap } from '#engine/rowmap/row-map.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { storeOf } from '#engine/vectors/held-store.ts';
import { FiberkeepError } from '#errors';
import { memoryIndex } from './memory-index.ts';
import { Random } from './random.ts';
import { Session } from './session.ts';
import { randomStep, type Shop } from './steps.ts';
import { tablesSql } from './tables.ts';

const SESSIONS = 5;
const BACKUP_EVERY = 9;
/** Then the store is emptied, and the next backup is a whole one. */
const BACKUPS_A_STORE = 150;
const SCHEMA = 'h';
const OTHER = 'k';

/** A fault that the harness must find. `threshold` is planted by the test: see `thresholdMerge`. */
export type PlantedBug = 'file' | 'structure' | 'snapshot' | 'threshold';

export interface Outcome {
  /** Null: every backup was what COPY gives in its snapshot. */
  readonly difference: string | null;
  readonly steps: number;
  readonly backups: number;
  /** Tables read by their maps, and read whole. */
  readonly mapped: number;
  readonly whole: number;
}

/**
 * Several people work at random on a plant, and every few steps a backup is made by the row map of the one before. Each
 * backup is compared, table by table and byte for byte, with what COPY gives in the same snapshot.
 */
export class Harness {
  readonly #url: string;
  readonly #random: Random;
  readonly #bug: PlantedBug | null;
  readonly #keys = deriveKeys(Buffer.alloc(32, 7));
  #store: ObjectStore = storeOf({});
  #index: ChunkIndex;
  readonly #sessions: Session[] = [];
  /** The last backup of each plant, by the oid of its schema. */
  readonly #last = new Map<number, { map: RowMap; manifest: Manifest }>();
  readonly #shop: Shop & { ids: number; isReading: boolean };
  #backups = 0;
  #mapped = 0;
  #whole = 0;
  #difference: string | null = null;

  private constructor(url: string, seed: number, major: number, bug: PlantedBug | null) {
    this.#url = url;
    this.#random = new Random(seed);
    this.#bug = bug;
    this.#index = memoryIndex(this.#random);
    const shop = {
      random: this.#random,
      major,
      schema: SCHEMA,
      other: OTHER,
      prepared: [],
      isReading: false,
      ids: 1,
      nextId: () => shop.ids++,
    };
    this.#shop = shop;
  }

  /** On an empty database whose owner `url` names. */
  static async open(url: string, seed: number, bug: PlantedBug | null = null): Promise<Harness> {
    const client = await connectTo(url);
    const { rows } = await client.query('SHOW server_version_num');
    const major = Math.floor(Number(rows[0].server_version_num) / 10_000);
    for (const schema of [SCHEMA, OTHER])
      await client.query(
        `CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${tablesSql(major)}`,
      );
    await client.end();
    return new Harness(url, seed, major, bug);
  }

  async run(steps: number): Promise<Outcome> {
    for (let n = 0; n < SESSIONS; n++)
      this.#sessions.push(await Session.open(() => connectTo(this.#url), SCHEMA, this.#random));
    let step = 0;
    try {
      while (step < steps && !this.#difference) {
        step++;
        await this.#step();
        if (this.#random.chance(1 / BACKUP_EVERY)) await this.#backUp();
      }
    } finally {
      for (const session of this.#sessions) await session.end(false).catch(() => {});
      await this.#endPrepared();
      for (const session of this.#sessions) await session.close();
    }
    const { length } = this.#sessions.splice(0);
    if (length !== SESSIONS) throw new RangeError('A session is missing');
    return {
      difference: this.#difference,
      steps: step,
      backups: this.#backups,
      mapped: this.#mapped,
      whole: this.#whole,
    };
  }

  #step(): Promise<void> {
    return randomStep(this.#random.pick(this.#sessions), this.#shop);
  }

  async #endPrepared(): Promise<void> {
    const [session] = this.#sessions;
    for (const name of this.#shop.prepared.splice(0))
      await session?.run(`ROLLBACK PREPARED '${name}'`);
  }

  async #backUp(): Promise<void> {
    if (this.#backups % BACKUPS_A_STORE === 0) this.#emptyStore();
    // A snapshot waits for whoever changes a structure, and here they would wait for the snapshot.
    for (const session of this.#sessions) if (session.changesStructure) await session.end();
    const oracle = new Map<string, Buffer>();
    let plant = 0;
    const connect = () =>
      connectTo(this.#url, {
        isElsewhere: this.#bug === 'snapshot',
        onSnapshot: async (snapshot) => {
          plant = await this.#readOracle(snapshot, oracle);
          // Others go on between the snapshot and the reads.
          this.#shop.isReading = true;
          for (let n = this.#random.int(4); n > 0; n--) await this.#step();
          this.#shop.isReading = false;
        },
      });
    const known = await this.#known();
    const made = await createBackup(this.#request(connect, known)).catch(unlessSwapped);
    if (!made) return;
    this.#backups++;
    for (const { whole } of made.reads) whole === null ? this.#mapped++ : this.#whole++;
    await this.#compare(made.manifest, oracle);
    const map = made.rowMap && (await readRowMap(this.#store, this.#keys, made.rowMap.object));
    if (map) this.#last.set(plant, { map, manifest: made.manifest });
    else this.#last.delete(plant);
  }

  #emptyStore(): void {
    this.#store = storeOf({});
    this.#index = memoryIndex(this.#random);
    this.#last.clear();
  }

  #request(connect: () => Promise<pg.Client>, known: Known | null) {
    const backupId = randomUUID();
    return {
      connect,
      schema: SCHEMA,
      store: this.#store,
      reserveBytes: 0,
      keys: this.#keys,
      index: this.#index,
      files: null,
      // Whole reads are compared with the last backup too.
      previous: known?.manifest ?? null,
      known: known && { ...known, turn: this.#backups },
      previousWithFiles: null,
      metadata: metadataOf(backupId, this.#keys.serverId),
      structure: [],
      fencingToken: 1n,
      report: () => {},
      signal: new AbortController().signal,
    };
  }

  /** What the backup before left of the plant that has the name now. */
  async #known(): Promise<Known | null> {
    const client = await connectTo(this.#url);
    try {
      const { rows } = await client.query(
        `SELECT oid::int8::float8 AS oid FROM pg_namespace WHERE nspname = '${SCHEMA}'`,
      );
      const last = this.#last.get(rows[0].oid) ?? null;
      if (!last || (this.#bug !== 'file' && this.#bug !== 'structure')) return last;
      return { ...last, map: await this.#mistaken(client, last.map) };
    } finally {
      await client.end();
    }
  }

  /** The map, as if nobody looked at the file or the structure. */
  async #mistaken(client: pg.Client, map: RowMap): Promise<RowMap> {
    const now = await identifyTables(client, SCHEMA);
    const tables = map.tables.map((table) => {
      const found = now.get(table.identity.name);
      if (!found) return table;
      const { oid, file, structure } = found;
      const seen = this.#bug === 'file' ? { oid, file } : { structure };
      return { ...table, identity: { ...table.identity, ...seen } };
    });
    return { ...map, tables };
  }

  /** Reads all tables in the snapshot by COPY. Answers the oid of the plant's schema in it. */
  async #readOracle(snapshot: string, texts: Map<string, Buffer>): Promise<number> {
    const client = await connectTo(this.#url);
    try {
      await applyCopySettings(client);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
      for (const table of await listTables(client, SCHEMA)) {
        const pieces: Buffer[] = [];
        for await (const { bytes } of copyOut(client, copyStatement(SCHEMA, table)))
          pieces.push(Buffer.from(bytes));
        texts.set(table.name, Buffer.concat(pieces));
      }
      const { rows } = await client.query(
        `SELECT oid::int8::float8 AS oid FROM pg_namespace WHERE nspname = '${SCHEMA}'`,
      );
      return rows[0].oid;
    } finally {
      await client.end();
    }
  }

  async #compare(manifest: Manifest, oracle: ReadonlyMap<string, Buffer>): Promise<void> {
    if (manifest.tables.length !== oracle.size) this.#difference ??= 'other tables';
    for (const table of manifest.tables) {
      const pieces: Buffer[] = [];
      for await (const piece of readTable(this.#store, this.#keys, table)) pieces.push(piece);
      const text = Buffer.concat(pieces);
      const wanted = oracle.get(table.name);
      if (wanted?.equals(text) && text.length === table.bytes) continue;
      this.#difference ??= `${table.name} in backup ${this.#backups}: ${text.length} bytes, COPY gave ${wanted?.length}`;
    }
  }
}

/** The server lets no swap in while it makes a backup; here the backup is refused. */
function unlessSwapped(error: unknown): null {
  if (error instanceof FiberkeepError && error.code === 'PLANT_BUSY') return null;
  throw error;
}

interface Known {
  readonly map: RowMap;
  readonly manifest: Manifest;
}

interface Listening {
  /** The planted bug: readers are not in the snapshot. */
  readonly isElsewhere: boolean;
  onSnapshot(snapshot: string): Promise<void>;
}

async function connectTo(url: string, listening?: Listening): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, stream: () => new CopySocket() });
  client.on('error', () => {});
  await client.connect();
  if (listening) listen(client, listening);
  return client;
}

/** Tells of the snapshot that the connection exports, before anybody reads in it. */
function listen(client: pg.Client, { isElsewhere, onSnapshot }: Listening): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const heard = (...args: unknown[]) => {
    const [sql] = args;
    if (typeof sql !== 'string') return query(...args);
    if (isElsewhere && sql.startsWith('SET TRANSACTION SNAPSHOT')) return query('SELECT');
    const answered = query(...args) as Promise<pg.QueryResult>;
    if (!sql.includes('pg_export_snapshot')) return answered;
    return answered.then(async (result) => {
      await onSnapshot(result.rows[0].name);
      return result;
    });
  };
  client.query = heard as typeof client.query;
}

function metadataOf(backupId: string, serverId: string) {
  return {
    backupId,
    serverId,
    name: 'Random',
    givenName: null,
    comment: '',
    author: { kind: 'SERVER' as const, id: null, name: '' },
    kind: 'MANUAL' as const,
    createdAt: new Date().toISOString(),
    scheduledFor: null,
    includesFiles: false,
  };
}
