import pg from 'pg';

/**
 * Runs `work` in a transaction on a plain connection: committed when it answers, rolled back when it
 * throws. On a pool, the connection is one of the pool's, closed where the transaction failed.
 */
export async function inTransaction<T>(
  on: pg.ClientBase | pg.Pool,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  if (!(on instanceof pg.Pool)) return commitOrRollBack(on, work);
  const client = await on.connect();
  let failed = true;
  try {
    const result = await commitOrRollBack(client, work);
    failed = false;
    return result;
  } finally {
    client.release(failed);
  }
}

async function commitOrRollBack<T>(
  client: pg.ClientBase,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {}); // the first failure is the one to report
    throw cause;
  }
}
