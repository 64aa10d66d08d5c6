import { randomBytes } from 'node:crypto';
import { dropDatabase as drop, onServer, urlOf } from '#testing/database.ts';

/** Names of the databases that this process made and has not dropped. */
const made = new Map<string, { readonly serverUrl: string; readonly creation: Promise<void> }>();

/** Makes a database on the server of `serverUrl`, whose role needs CREATEDB; returns its URL. */
export async function createDatabase(
  serverUrl: string,
  name: string,
  template: string,
): Promise<string> {
  const creation = onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  made.set(name, { serverUrl, creation });
  await creation;
  return urlOf(serverUrl, name);
}

/** Drops the remaining databases, even while they are in use; also runs when a signal ends the bench. */
export async function dropDatabases(): Promise<void> {
  for (const name of [...made.keys()].reverse()) await dropDatabase(name);
}

/** An empty database on the server of `serverUrl`; disposing drops it. */
export async function openDatabase(
  serverUrl: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const url = await createDatabase(serverUrl, name, 'template0');
  return { url, [Symbol.asyncDispose]: () => dropDatabase(name) };
}

async function dropDatabase(name: string): Promise<void> {
  const one = made.get(name);
  if (!one) return;
  await one.creation.catch(() => {}); // then there is none
  await drop(one.serverUrl, name);
  made.delete(name);
}
