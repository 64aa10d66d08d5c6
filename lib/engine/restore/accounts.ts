import { type ClientBase, escapeIdentifier } from 'pg';
import { listTables } from '../postgres/introspect.ts';

export interface AccountName {
  readonly id: string;
  readonly email: string;
}

/** What a swap did to accounts and roles. An account of the outgoing plant is never among the first three. */
export interface AccountChanges {
  /** Only the incoming plant has them: they come back disabled. */
  readonly disabled: readonly AccountName[];
  /** Only the incoming plant has them, and the person who swaps enabled them. */
  readonly enabled: readonly AccountName[];
  /** Of both: their e-mail belongs to another account today. They come back under this new one. */
  readonly renamed: readonly AccountName[];
  /** Only the outgoing plant had them; they were carried over. */
  readonly kept: readonly AccountName[];
  /** Names of the roles that only the incoming plant has, as they come back. */
  readonly roles: readonly string[];
}

export interface Settlement {
  /** Schemas; both of the same structure. */
  readonly outgoing: string;
  readonly incoming: string;
  /** Ids of accounts that only the incoming plant has, and that shall be enabled. Others are ignored. */
  readonly enable: readonly string[];
  /** Whether people could take one name of a role for the other. */
  looksSame(one: string, other: string): boolean;
}

const noChanges: AccountChanges = { disabled: [], enabled: [], renamed: [], kept: [], roles: [] };

/**
 * Carries every account and role of the outgoing plant over as it is, inside the swap's transaction: afterwards
 * everybody can do what they could before, no more and no less. Those that only the incoming plant has come
 * with it, accounts disabled, under another e-mail or name where one of today has it, or a name that looks the same. An outgoing plant without
 * accounts changes nothing: a new server takes over those of the backup.
 */
export async function settleAccounts(
  client: ClientBase,
  { outgoing, incoming, enable, looksSame }: Settlement,
): Promise<AccountChanges> {
  const tables = await Tables.of(client, outgoing, incoming);
  const { rows } = await client.query(`SELECT FROM ${tables.outAccounts} LIMIT 1`);
  if (rows.length === 0) return noChanges;
  const kept = await onlyIn(client, tables.outAccounts, tables.inAccounts);
  const back = await onlyIn(client, tables.inAccounts, tables.outAccounts);
  const enabled = back.filter(({ id }) => enable.includes(id));
  const renamed = await comeBack(client, tables, enabled);
  const roles = await carryRoles(client, tables, looksSame);
  await carryAccounts(client, tables);
  const disabled = back.filter((account) => !enabled.includes(account));
  return { disabled, enabled, renamed, kept, roles };
}

/** The tables in both plants, quoted, and their columns. */
class Tables {
  readonly outAccounts: string;
  readonly inAccounts: string;
  readonly outRoles: string;
  readonly inRoles: string;
  readonly accountColumns: readonly string[];
  readonly roleColumns: readonly string[];

  private constructor(outgoing: string, incoming: string, columnsOf: (table: string) => string[]) {
    const [out, into] = [escapeIdentifier(outgoing), escapeIdentifier(incoming)];
    this.outAccounts = `${out}.user_account`;
    this.inAccounts = `${into}.user_account`;
    this.outRoles = `${out}.role`;
    this.inRoles = `${into}.role`;
    this.accountColumns = columnsOf('user_account');
    this.roleColumns = columnsOf('role');
  }

  static async of(client: ClientBase, outgoing: string, incoming: string): Promise<Tables> {
    const tables = await listTables(client, incoming);
    return new Tables(outgoing, incoming, (name) =>
      (tables.find((table) => table.name === name)?.columns ?? []).map(escapeIdentifier),
    );
  }
}

async function onlyIn(client: ClientBase, table: string, other: string): Promise<AccountName[]> {
  const { rows } = await client.query<AccountName>(
    `SELECT a.id, a.email FROM ${table} a
      WHERE NOT EXISTS (SELECT FROM ${other} b WHERE b.id = a.id) ORDER BY a.id`,
  );
  return rows;
}

/** Disables the accounts that only the incoming plant has, and frees the e-mails that others have today. */
async function comeBack(
  client: ClientBase,
  { outAccounts, inAccounts }: Tables,
  enabled: readonly AccountName[],
): Promise<AccountName[]> {
  const back = `NOT EXISTS (SELECT FROM ${outAccounts} o WHERE o.id = i.id)`;
  await client.query(
    `UPDATE ${inAccounts} i SET disabled = i.id <> ALL ($1::uuid[])
      WHERE ${back} AND i.disabled IS DISTINCT FROM (i.id <> ALL ($1::uuid[]))`,
    [enabled.map(({ id }) => id)],
  );
  const { rows } = await client.query<AccountName>(
    `UPDATE ${inAccounts} i SET email = 'restored-' || i.id || '-' || i.email
      WHERE ${back} AND EXISTS (SELECT FROM ${outAccounts} o WHERE o.email = i.email)
      RETURNING i.id, i.email`,
  );
  return rows;
}

/**
 * Makes every role of today the incoming plant's. The names are freed first: two roles may have exchanged theirs.
 * Answers the names of the roles that come back.
 */
async function carryRoles(
  client: ClientBase,
  tables: Tables,
  looksSame: Settlement['looksSame'],
): Promise<string[]> {
  const { outRoles, inRoles, roleColumns } = tables;
  const isToday = `EXISTS (SELECT FROM ${outRoles} o WHERE o.id = i.id)`;
  await client.query(`UPDATE ${inRoles} i SET name = 'of today ' || i.id WHERE ${isToday}`);
  const namesOf = (table: string, where: string) =>
    client.query<{ id: string; name: string }>(
      `SELECT i.id, i.name FROM ${table} i ${where} ORDER BY i.name`,
    );
  const today = (await namesOf(outRoles, '')).rows;
  const back = (await namesOf(inRoles, `WHERE NOT ${isToday}`)).rows;
  const alike = back.filter(({ name }) => today.some((role) => looksSame(role.name, name)));
  await client.query(
    `UPDATE ${inRoles} i SET name = i.name || ' (' || right(i.id::text, 8) || ')'
      WHERE i.id = ANY ($1::uuid[])`,
    [alike.map(({ id }) => id)],
  );
  const values = roleColumns.map((column) => `${column} = excluded.${column}`).join(', ');
  await client.query(
    `INSERT INTO ${inRoles} (${roleColumns.join(', ')}) SELECT ${roleColumns.join(', ')} FROM ${outRoles}
     ON CONFLICT (id) DO UPDATE SET ${values}`,
  );
  return (await namesOf(inRoles, `WHERE NOT ${isToday}`)).rows.map(({ name }) => name);
}

/** Makes every account of today the incoming plant's. No table refers to an account. */
async function carryAccounts(client: ClientBase, tables: Tables): Promise<void> {
  const { outAccounts, inAccounts } = tables;
  const columns = tables.accountColumns.join(', ');
  await client.query(
    `DELETE FROM ${inAccounts} i WHERE EXISTS (SELECT FROM ${outAccounts} o WHERE o.id = i.id)`,
  );
  await client.query(
    `INSERT INTO ${inAccounts} (${columns}) SELECT ${columns} FROM ${outAccounts}`,
  );
}
