import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleAccounts } from '#engine/restore/accounts.ts';
import { swapPlant } from '#engine/restore/swap.ts';
import { type Random, randomOf } from '#plant/sample/random.ts';
import { migrate } from '#prisma/migrate.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { looksSame } from '#text/looks-same.ts';
import { createApiKey, revokeApiKeysOf } from '#vault/api-keys.ts';
import { createSession, revokeSessionsOf } from '#vault/sessions.ts';
import { SESSION_COOKIE } from '../accounts/cookies.ts';
import { identify } from '../accounts/identify.ts';
import { actions } from '../permit.ts';
import type { Server } from '../server.ts';

/**
 * After a swap everybody can do what they could do before it: no more, no less. Random sequences of what people do
 * with accounts, of backups, restores and undos are run, and the access of every account, session and key is
 * compared before and after each swap.
 */
const SEQUENCES = Number(process.env.ACCESS_SEQUENCES ?? 500);
const SEED = Number(process.env.ACCESS_SEED ?? Date.now() % 1_000_000);
const STEPS = 8;
const SPARE = ['plant_stage_1', 'plant_stage_2', 'plant_stage_3'];

let opened: TestServer;
let server: Server;
let client: pg.Client;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  client = await opened.database.connect();
  for (const schema of SPARE) await migrate(opened.database.url, 'plant', schema);
});
afterAll(async () => {
  await client.end();
  await opened[Symbol.asyncDispose]();
});

type Settle = typeof settleAccounts;
type Row = Record<string, unknown>;

/** The accounts and roles of a plant, as a backup holds them. */
interface Saved {
  readonly roles: Row[];
  readonly accounts: Row[];
}

/** One run: who there is, the backups, and the plants that are kept for undo. */
class Run {
  readonly #random: Random;
  readonly #settle: Settle;
  readonly #backups: Saved[] = [];
  readonly #spare = [...SPARE];
  readonly #kept: string[] = [];
  readonly #credentials = new Map<string, Record<string, string>>();
  #names = 0;

  constructor(random: Random, settle: Settle) {
    this.#random = random;
    this.#settle = settle;
  }

  async begin(): Promise<void> {
    // Of tables this small, TRUNCATE takes longer.
    await client.query('DELETE FROM plant.user_account; DELETE FROM plant.role');
    await client.query('DELETE FROM vault.session; DELETE FROM vault.api_key');
    for (let n = 0; n < 2; n++) await this.#makeRole();
    for (let n = 0; n < 2; n++) await this.#makeAccount();
  }

  /** Leaves the schemas as it found them. */
  async end(): Promise<void> {
    const names = [...this.#spare, ...this.#kept];
    for (const [at, name] of names.entries())
      await client.query(`ALTER SCHEMA ${name} RENAME TO end_${at}`);
    for (const [at, name] of SPARE.entries())
      await client.query(`ALTER SCHEMA end_${at} RENAME TO ${name}`);
  }

  async step(): Promise<void> {
    const steps = [
      () => this.#makeAccount(),
      () => this.#makeRole(),
      () => this.#change('email', () => this.#someEmail()),
      () => this.#change('name', () => `N${this.#next()}`),
      () => this.#change('password_hash', () => `h${this.#next()}`),
      () => this.#giveRole(),
      () => this.#disable(),
      () => this.#delete(),
      () => this.#changeRole(),
      () => this.#save(),
      () => this.#save(),
      () => this.#restore(),
      () => this.#restore(),
      () => this.#undo(),
      () => this.#undo(),
    ];
    await this.#pick(steps)?.();
  }

  #next(): number {
    this.#names += 1;
    return this.#names;
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random.next() * list.length)];
  }

  /** Few of them, so that addresses are taken, given up and taken again. */
  #someEmail(): string {
    return `${this.#pick(['a', 'b', 'c', 'd'])}@example.net`;
  }

  async #any(table: 'user_account' | 'role'): Promise<string | undefined> {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM plant.${table} ORDER BY id`,
    );
    return this.#pick(rows)?.id;
  }

  async #makeRole(): Promise<void> {
    await client.query(
      'INSERT INTO plant.role (id, name, actions) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [randomUUID(), this.#pick(['One', 'Two', 'Three']), this.#someActions()],
    );
  }

  #someActions(): string[] {
    return actions.filter(() => this.#random.next() < 0.3);
  }

  async #makeAccount(): Promise<void> {
    const owner = { id: randomUUID(), name: 'N' };
    const { rowCount } = await client.query(
      `INSERT INTO plant.user_account (id, email, name, password_hash, role_id)
       VALUES ($1, $2, 'N', $3, $4) ON CONFLICT DO NOTHING`,
      [owner.id, this.#someEmail(), `h${this.#next()}`, await this.#any('role')],
    );
    if (rowCount === 0) return;
    const session = { userId: owner.id, address: '', userAgent: '' };
    const { token } = await createSession(server.vault, session, server.config.sessionLife);
    const key = { name: 'k', owner, actions: ['network.view', 'backup.view'], expiresAt: null };
    const { secret } = await createApiKey(server.vault, key);
    this.#credentials.set(`session of ${owner.id}`, { cookie: `${SESSION_COOKIE}=${token}` });
    this.#credentials.set(`key of ${owner.id}`, { authorization: `Bearer ${secret}` });
  }

  async #change(column: string, value: () => string): Promise<void> {
    const [id, to] = [await this.#any('user_account'), value()];
    await client.query(
      `UPDATE plant.user_account u SET ${column} = $2 WHERE id = $1
         AND ($3 OR NOT EXISTS (SELECT FROM plant.user_account o WHERE o.email = $2))`,
      [id, to, column !== 'email'],
    );
  }

  async #giveRole(): Promise<void> {
    const [account, role] = [await this.#any('user_account'), await this.#any('role')];
    await client.query('UPDATE plant.user_account SET role_id = $2 WHERE id = $1', [account, role]);
  }

  async #disable(): Promise<void> {
    const id = await this.#any('user_account');
    await client.query('UPDATE plant.user_account SET disabled = NOT disabled WHERE id = $1', [id]);
  }

  /** As `deleteUser` does. */
  async #delete(): Promise<void> {
    const id = await this.#any('user_account');
    if (!id || (await this.#count()) < 2) return;
    await client.query('DELETE FROM plant.user_account WHERE id = $1', [id]);
    await revokeSessionsOf(server.vault, id);
    await revokeApiKeysOf(server.vault, id, { kind: 'SERVER', id: null, name: '' });
  }

  async #count(): Promise<number> {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM plant.user_account');
    return rows[0].n;
  }

  async #changeRole(): Promise<void> {
    await client.query('UPDATE plant.role SET actions = $2 WHERE id = $1', [
      await this.#any('role'),
      this.#someActions(),
    ]);
  }

  async #save(): Promise<void> {
    const read = async (table: string) =>
      (await client.query(`SELECT to_jsonb(t) AS row FROM plant.${table} t`)).rows.map(
        ({ row }) => row as Row,
      );
    this.#backups.push({ roles: await read('role'), accounts: await read('user_account') });
  }

  /** Stages any backup and applies it; the oldest kept plant gives up its schema where none is free. */
  async #restore(): Promise<void> {
    const backup = this.#pick(this.#backups);
    if (!backup) return;
    const schema = this.#spare.pop() ?? this.#kept.shift();
    if (!schema) return;
    await client.query(`DELETE FROM ${schema}.user_account; DELETE FROM ${schema}.role`);
    for (const [table, rows] of [
      ['role', backup.roles],
      ['user_account', backup.accounts],
    ] as const)
      await client.query(
        `INSERT INTO ${schema}.${table} SELECT * FROM jsonb_populate_recordset(NULL::${schema}.${table}, $1)`,
        [JSON.stringify(rows)],
      );
    await this.#swap(schema);
  }

  async #undo(): Promise<void> {
    const schema = this.#kept.pop();
    if (schema) await this.#swap(schema);
  }

  async #swap(incoming: string): Promise<void> {
    const outgoing = `plant_prev_${randomUUID().slice(0, 8)}`;
    const before = await this.#access();
    await swapPlant({
      client,
      plant: 'plant',
      outgoing,
      claim: async () => incoming,
      settle: (on, schema) =>
        this.#settle(on, { outgoing: 'plant', incoming: schema, enable: [], looksSame }),
    });
    this.#kept.push(outgoing);
    const after = await this.#access();
    const unlike = [...new Set([...before.keys(), ...after.keys()])].filter(
      (who) => (before.get(who) ?? 'nothing') !== (after.get(who) ?? 'nothing'),
    );
    expect(unlike.map((who) => `${who}: ${before.get(who)} → ${after.get(who)}`)).toEqual([]);
  }

  /** What everybody can do: accounts by signing in, sessions and keys by being sent. Who can do nothing is left out. */
  async #access(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const { rows } = await client.query(
      `SELECT u.id, u.email, u.password_hash, r.id AS role, r.name, r.actions
         FROM plant.user_account u JOIN plant.role r ON r.id = u.role_id WHERE NOT u.disabled`,
    );
    for (const { id, ...can } of rows) found.set(`account ${id}`, JSON.stringify(can));
    for (const [who, headers] of this.#credentials) {
      const caller = await identify(server, headers, '').catch(() => null);
      if (caller) found.set(who, `${caller.id} ${[...caller.actions]}`);
    }
    return found;
  }
}

async function run(sequence: number, settle: Settle): Promise<void> {
  const one = new Run(randomOf(`access ${sequence}`, SEED), settle);
  await one.begin();
  try {
    for (let n = 0; n < STEPS; n++) await one.step();
  } catch (cause) {
    throw new Error(`ACCESS_SEED=${SEED}, sequence ${sequence}: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    await one.end();
  }
}

test(`${SEQUENCES} random sequences change nobody's access by a swap (ACCESS_SEED=${SEED})`, async () => {
  for (let n = 0; n < SEQUENCES; n++) await run(n, settleAccounts);
});

/** Wrong rules, each of which the sequences must find. */
const planted: [string, Settle][] = [
  [
    'accounts that the backup lacks are disabled',
    async (on, given) => {
      const changes = await settleAccounts(on, given);
      await on.query(
        `UPDATE ${given.incoming}.user_account SET disabled = true WHERE id = ANY ($1::uuid[])`,
        [changes.kept.map(({ id }) => id)],
      );
      return changes;
    },
  ],
  [
    'the backup decides the actions of roles',
    async (on, given) => {
      const { rows } = await on.query(`SELECT id, actions FROM ${given.incoming}.role`);
      const changes = await settleAccounts(on, given);
      for (const { id, actions } of rows)
        await on.query(`UPDATE ${given.incoming}.role SET actions = $2 WHERE id = $1`, [
          id,
          actions,
        ]);
      return changes;
    },
  ],
  [
    'deleted accounts come back enabled',
    async (on, given) => {
      const { rows } = await on.query(`SELECT id FROM ${given.incoming}.user_account`);
      return settleAccounts(on, { ...given, enable: rows.map(({ id }) => id) });
    },
  ],
];

test.each(planted)('the sequences find that %s', async (_, settle) => {
  const found = async () => {
    for (let n = 0; n < SEQUENCES; n++) await run(n, settle);
  };
  await expect(found()).rejects.toThrow(`ACCESS_SEED=${SEED}`);
});
