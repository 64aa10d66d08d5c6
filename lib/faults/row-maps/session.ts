import type pg from 'pg';
import type { Random } from './random.ts';

/** The connection is gone, or the server is. */
const LOST = new Set(['57P01', '57P02', '57P03', '08006', '08003']);

/** Somebody who works on the plant. What PostgreSQL refuses is a part of it; a lost connection is thrown. */
export class Session {
  readonly #client: pg.Client;
  readonly #random: Random;
  readonly #savepoints: string[] = [];
  isOpen = false;
  /** Its transaction changed the structure, which cannot be prepared beside others' locks. */
  changesStructure = false;

  private constructor(client: pg.Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  static async open(
    connect: () => Promise<pg.Client>,
    schema: string,
    random: Random,
  ): Promise<Session> {
    const client = await connect();
    await client.query(
      `SET search_path = ${schema}; SET lock_timeout = '40ms'; SET timezone = 'UTC';
       SET synchronous_commit = ${random.pick(['on', 'off'])}`,
    );
    return new Session(client, random);
  }

  /** False where it was refused: the transaction then goes on from a savepoint, or is over. */
  async run(sql: string): Promise<boolean> {
    try {
      await this.#client.query(sql);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (!code || LOST.has(code)) throw error;
      await this.#recover();
      return false;
    }
  }

  get client(): pg.Client {
    return this.#client;
  }

  async begin(): Promise<void> {
    if (this.isOpen) return;
    const level = this.#random.pick(['READ COMMITTED', 'REPEATABLE READ', 'READ COMMITTED']);
    await this.#client.query(`BEGIN ISOLATION LEVEL ${level}`);
    this.isOpen = true;
  }

  async end(commits = this.#random.chance(0.75)): Promise<void> {
    if (!this.isOpen) return;
    this.#over();
    await this.#client.query(commits ? 'COMMIT' : 'ROLLBACK').catch(() => {});
  }

  /** Changes the structure in a transaction, which may stay open. */
  async alter(sql: string, endsAt = 0.6): Promise<void> {
    await this.begin();
    this.changesStructure = true;
    await this.run(sql);
    if (this.#random.chance(endsAt)) await this.end();
  }

  async savepoint(): Promise<void> {
    if (!this.isOpen || this.#savepoints.length >= 4) return;
    const name = `s${this.#savepoints.length}`;
    this.#savepoints.push(name);
    await this.run(`SAVEPOINT ${name}`);
  }

  /** Back to a savepoint, or over it. */
  async leaveSavepoint(how: 'ROLLBACK TO' | 'RELEASE'): Promise<void> {
    if (this.#savepoints.length === 0) return;
    const at = this.#random.int(this.#savepoints.length);
    const name = this.#savepoints[at];
    this.#savepoints.length = how === 'RELEASE' ? at : at + 1;
    await this.run(`${how} ${name}`);
  }

  /** True where the transaction goes on without this session. */
  async prepare(name: string): Promise<boolean> {
    if (!this.isOpen || this.changesStructure) return false;
    this.#over();
    return this.run(`PREPARE TRANSACTION '${name}'`);
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  async #recover(): Promise<void> {
    if (!this.isOpen) return;
    const last = this.#savepoints.at(-1);
    if (last && this.#random.chance(0.6)) {
      await this.#client.query(`ROLLBACK TO ${last}`);
      return;
    }
    this.#over();
    await this.#client.query('ROLLBACK');
  }

  #over(): void {
    this.isOpen = false;
    this.changesStructure = false;
    this.#savepoints.length = 0;
  }
}
