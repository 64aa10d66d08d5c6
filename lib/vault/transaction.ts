import pg from 'pg';

/**
 * Runs `work` in a transaction on a plain connection: committed when it answers, rolled back when it
 * throws. On a pool, the connection is one of the pool's, closed where the transaction failed.
 */
export async function inTransaction<T, Client extends pg.ClientBase>(
  on: Client | pg.Pool,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (!(on instanceof pg.Pool)) return commitOrRollBack(on, () => work(on));
  const client = await on.connect();
  let failed = true;
  try {
    const result = await commitOrRollBack(client, () => work(client as unknown as Client));
    failed = false;
    return result;
  } finally {
    client.release(failed);
  }
}

async function commitOrRollBack<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {}); // the first failure is the one to report
    throw cause;
  }
}
