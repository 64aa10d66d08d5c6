import type { Pool } from 'pg';
import { actions } from '#services/permit.ts';

const ROLE = '01a00000-0000-7000-8000-00000000a0f0';

/** A person of a test, who is signed in. */
export interface TestPerson {
  readonly id: string;
  readonly name: string;
  readonly sessionId: string | null;
}

/** Gives a person an account that may do everything in `schema`, and a session that is open for a day. */
export async function admit(pool: Pool, person: TestPerson, schema = 'plant'): Promise<void> {
  await pool.query(
    `INSERT INTO ${schema}.role (id, name, actions) VALUES ($1, 'Everything', $2) ON CONFLICT DO NOTHING`,
    [ROLE, actions],
  );
  await pool.query(
    `INSERT INTO ${schema}.user_account (id, name, email, password_hash, role_id)
     VALUES ($1::uuid, $2, $1::text || '@example.net', '', $3)
     ON CONFLICT (id) DO UPDATE SET role_id = excluded.role_id`,
    [person.id, person.name, ROLE],
  );
  await pool.query(
    `INSERT INTO vault.session (id, token_hash, user_id, expires_at)
     VALUES ($1::uuid, sha256($1::text::bytea), $2::uuid, now() + interval '1 day') ON CONFLICT DO NOTHING`,
    [person.sessionId, person.id],
  );
}
