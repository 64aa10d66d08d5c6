import { type ClientBase, escapeIdentifier } from 'pg';
import type { Server } from '../server.ts';

/** An account that only a staged backup has. */
export interface ReturningAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** The name of its role in the backup. */
  readonly roleName: string;
  /** What it may do once it is enabled: a role of today has the actions of today. */
  readonly actions: string[];
}

/** Accounts of the schema `stage` that the plant does not have, by e-mail. Empty where the plant has no account. */
export async function returningAccounts(
  { pool }: Pick<Server, 'pool'>,
  stage: string,
): Promise<ReturningAccount[]> {
  const schema = escapeIdentifier(stage);
  const { rows } = await pool.query<ReturningAccount>(
    `SELECT u.id, u.name, u.email, coalesce(today.name, r.name) AS "roleName",
            coalesce(today.actions, r.actions) AS actions
       FROM ${schema}.user_account u
       JOIN ${schema}.role r ON r.id = u.role_id
       LEFT JOIN plant.role today ON today.id = r.id
      WHERE NOT EXISTS (SELECT FROM plant.user_account o WHERE o.id = u.id)
        AND EXISTS (SELECT FROM plant.user_account)
      ORDER BY u.email`,
  );
  return rows;
}

/** What these accounts of a schema may do, each action once. */
export async function actionsOfSql(
  client: ClientBase,
  schema: string,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ action: string }>(
    `SELECT DISTINCT unnest(r.actions) AS action
       FROM ${escapeIdentifier(schema)}.user_account u JOIN ${escapeIdentifier(schema)}.role r ON r.id = u.role_id
      WHERE u.id = ANY ($1::uuid[])`,
    [ids],
  );
  return rows.map(({ action }) => action);
}
