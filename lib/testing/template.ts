import { randomBytes } from 'node:crypto';
import { migrate } from '#prisma/migrate.ts';
import { dropDatabase, onServer, urlOf } from './database.ts';

/** Migrates one database for the whole run; tests use copies of it. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) return async () => {};
  const name = `template_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  await migrate(urlOf(server, name), 'vault');
  await migrate(urlOf(server, name), 'plant');
  process.env.TEST_TEMPLATE = name;
  return () => dropDatabase(server, name);
}
