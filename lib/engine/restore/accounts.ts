import { type ClientBase, escapeIdentifier } from 'pg';
import { listTables } from '../postgres/introspect.ts';

export interface AccountName {
  readonly id: string;
  readonly email: string;
}

export interface AccountChanges {
  /** Only the incoming plant has them: they come back disabled. */
  readonly disabled: readonly AccountName[];
  /** Their e-mail belongs to another account today: they come back disabled, under this new e-mail. */
  readonly renamed: readonly AccountName[];
  /** Only the outgoing plant has them; they were carried over. */
  readonly kept: readonly AccountName[];
  /** Only the outgoing plant has them; they stay behind in it. */
  readonly leftOut: readonly AccountName[];
  /** Password, role or disablement were taken from the outgoing plant. */
  readonly updated: readonly AccountName[];
  /** Roles whose actions were taken from the outgoing plant, or that were carried over. */
  readonly roles: readonly string[];
}

export interface Settlement {
  /** Schemas; both of the same structure. */
  readonly outgoing: string;
  readonly incoming: string;
  /** The account of the person who swaps, which stays. Null for the command line. */
  readonly keep: string | null;
  /** If no enabled account could do this any more, those that can today are carried over. */
  readonly lastAction: string;
}

interface Role {
  readonly id: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * Settles the incoming accounts inside the swap's transaction, so that no access that was taken away comes
 * back. The outgoing plant wins for password hash, disabled, role assignment and the roles' actions.
 * Accounts that it lacks come back disabled, and renamed where their e-mail belongs to another account;
 * `keep` stays. An outgoing plant without accounts changes nothing.
 */
export async function settleAccounts(
  client: ClientBase,
  settlement: Settlement,
): Promise<AccountChanges> {
  const schemas = new Schemas(settlement.outgoing, settlement.incoming);
  if (!(await hasAccounts(client, schemas))) return noChanges;
  const roles = await settleRoles(client, schemas);
  const updated = await takeOver(client, schemas, roles.ids);
  const disabled = await disableUnknown(client, schemas);
  const kept = await missingKept(client, schemas, settlement);
  const renamed = await renameTaken(client, schemas, kept);
  await carryOver(client, schemas, kept, roles.ids);
  return {
    disabled,
    renamed,
    updated,
    kept,
    leftOut: await leftOut(client, schemas),
    roles: roles.changed,
  };
}

const noChanges: AccountChanges = {
  disabled: [],
  renamed: [],
  kept: [],
  leftOut: [],
  updated: [],
  roles: [],
};

/** The names of the tables in both plants, quoted. */
class Schemas {
  readonly outgoing: string;
  readonly incoming: string;
  readonly outAccounts: string;
  readonly inAccounts: string;
  readonly outRoles: string;
  readonly inRoles: string;

  constructor(outgoing: string, incoming: string) {
    this.outgoing = outgoing;
    this.incoming = incoming;
    const out = escapeIdentifier(outgoing);
    const into = escapeIdentifier(incoming);
    this.outAccounts = `${out}.user_account`;
    this.inAccounts = `${into}.user_account`;
    this.outRoles = `${out}.role`;
    this.inRoles = `${into}.role`;
  }
}

async function hasAccounts(client: ClientBase, { outAccounts }: Schemas): Promise<boolean> {
  const { rows } = await client.query(`SELECT EXISTS (SELECT 1 FROM ${outAccounts}) AS some`);
  return rows[0].some;
}

/**
 * Finds or makes an incoming role for every role in use: the one of the same id, else one of the same name
 * whose id the outgoing plant lacks, else a copy. Returns outgoing id → incoming id.
 */
async function settleRoles(client: ClientBase, schemas: Schemas) {
  const [out, into] = [
    await rolesOf(client, schemas.outRoles),
    await rolesOf(client, schemas.inRoles),
  ];
  const needed = await rolesInUse(client, schemas);
  const outIds = new Set(out.map((role) => role.id));
  const free = new Map(
    into.filter((role) => !outIds.has(role.id)).map((role) => [role.name, role]),
  );
  const byId = new Map(into.map((role) => [role.id, role]));
  const ids = new Map<string, string>();
  const changed: string[] = [];
  for (const role of out) {
    const place = byId.get(role.id) ?? free.get(role.name);
    if (!place && !needed.has(role.id)) continue;
    ids.set(role.id, place?.id ?? role.id);
    if (!place) await copyRole(client, schemas, role, into);
    else if (sameActions(place, role)) continue;
    else
      await client.query(`UPDATE ${schemas.inRoles} SET actions = $2 WHERE id = $1`, [
        place.id,
        role.actions,
      ]);
    changed.push(role.name);
  }
  return { ids, changed };
}

async function rolesOf(client: ClientBase, table: string): Promise<Role[]> {
  const { rows } = await client.query<Role>(`SELECT id, name, actions FROM ${table} ORDER BY id`);
  return rows;
}

async function rolesInUse(client: ClientBase, { outAccounts }: Schemas): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT DISTINCT role_id AS id FROM ${outAccounts}`,
  );
  return new Set(rows.map((row) => row.id));
}

function sameActions(one: Role, other: Role): boolean {
  return [...one.actions].sort().join() === [...other.actions].sort().join();
}

async function copyRole(
  client: ClientBase,
  schemas: Schemas,
  role: Role,
  into: readonly Role[],
): Promise<void> {
  const taken = into.some((one) => one.name === role.name);
  const name = taken ? `${role.name} (${role.id.slice(-8)})` : role.name;
  await copyRow(client, schemas, 'role', role.id, { name });
}

/** Accounts in both plants keep their password, role and disablement of today. */
async function takeOver(
  client: ClientBase,
  { outAccounts, inAccounts }: Schemas,
  roleIds: ReadonlyMap<string, string>,
): Promise<AccountName[]> {
  const { rows } = await client.query<AccountName>(
    `UPDATE ${inAccounts} i
        SET password_hash = o.password_hash, disabled = o.disabled, role_id = m.new
       FROM ${outAccounts} o
       JOIN unnest($1::uuid[], $2::uuid[]) AS m (old, new) ON m.old = o.role_id
      WHERE i.id = o.id
        AND (i.password_hash, i.disabled, i.role_id) IS DISTINCT FROM (o.password_hash, o.disabled, m.new)
      RETURNING i.id, i.email`,
    [[...roleIds.keys()], [...roleIds.values()]],
  );
  return rows;
}

async function disableUnknown(
  client: ClientBase,
  { outAccounts, inAccounts }: Schemas,
): Promise<AccountName[]> {
  const { rows } = await client.query<AccountName>(
    `UPDATE ${inAccounts} i SET disabled = true
      WHERE NOT i.disabled AND NOT EXISTS (SELECT 1 FROM ${outAccounts} o WHERE o.id = i.id)
      RETURNING i.id, i.email`,
  );
  return rows;
}

/** Accounts that stay though the incoming plant lacks them. */
async function missingKept(
  client: ClientBase,
  schemas: Schemas,
  { keep, lastAction }: Settlement,
): Promise<AccountName[]> {
  const { outAccounts, outRoles, inAccounts } = schemas;
  const { rows } = await client.query<AccountName>(
    `SELECT o.id, o.email FROM ${outAccounts} o JOIN ${outRoles} r ON r.id = o.role_id
      WHERE NOT EXISTS (SELECT 1 FROM ${inAccounts} i WHERE i.id = o.id)
        AND (o.id = $1 OR ($2 AND NOT o.disabled AND $3 = ANY (r.actions)))
      ORDER BY o.id`,
    [keep, !(await someoneCan(client, schemas, lastAction)), lastAction],
  );
  return rows;
}

async function someoneCan(
  client: ClientBase,
  { inAccounts, inRoles }: Schemas,
  action: string,
): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT EXISTS (SELECT 1 FROM ${inAccounts} i JOIN ${inRoles} r ON r.id = i.role_id
                     WHERE NOT i.disabled AND $1 = ANY (r.actions)) AS some`,
    [action],
  );
  return rows[0].some;
}

/** Another person's account under the same e-mail must neither block the kept one nor receive its mail. */
async function renameTaken(
  client: ClientBase,
  { outAccounts, inAccounts }: Schemas,
  kept: readonly AccountName[],
): Promise<AccountName[]> {
  const { rows } = await client.query<AccountName>(
    `UPDATE ${inAccounts} i SET disabled = true, email = 'restored-' || i.id || '-' || i.email
      WHERE i.email = ANY ($1)
         OR (NOT EXISTS (SELECT 1 FROM ${outAccounts} o WHERE o.id = i.id)
             AND EXISTS (SELECT 1 FROM ${outAccounts} o WHERE o.email = i.email))
      RETURNING i.id, i.email`,
    [kept.map((account) => account.email)],
  );
  return rows;
}

async function carryOver(
  client: ClientBase,
  schemas: Schemas,
  kept: readonly AccountName[],
  roleIds: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { id } of kept) {
    const { rows } = await client.query<{ role: string }>(
      `SELECT role_id AS role FROM ${schemas.outAccounts} WHERE id = $1`,
      [id],
    );
    const role = rows[0]?.role ?? '';
    await copyRow(client, schemas, 'user_account', id, { role_id: roleIds.get(role) ?? role });
  }
}

async function leftOut(
  client: ClientBase,
  { outAccounts, inAccounts }: Schemas,
): Promise<AccountName[]> {
  const { rows } = await client.query<AccountName>(
    `SELECT o.id, o.email FROM ${outAccounts} o
      WHERE NOT EXISTS (SELECT 1 FROM ${inAccounts} i WHERE i.id = o.id) ORDER BY o.id`,
  );
  return rows;
}

/** Copies one row from the outgoing plant to the incoming one, with `other` values in some columns. */
async function copyRow(
  client: ClientBase,
  { outgoing, incoming }: Schemas,
  table: 'role' | 'user_account',
  id: string,
  other: Record<string, string>,
): Promise<void> {
  const found = (await listTables(client, incoming)).find((one) => one.name === table);
  const columns = (found?.columns ?? []).map(escapeIdentifier).join(', ');
  const into = `${escapeIdentifier(incoming)}.${table}`;
  await client.query(
    `INSERT INTO ${into} (${columns})
     SELECT ${columns} FROM jsonb_populate_record(NULL::${into},
       (SELECT to_jsonb(o) || $2::jsonb FROM ${escapeIdentifier(outgoing)}.${table} o WHERE o.id = $1))`,
    [id, JSON.stringify(other)],
  );
}
