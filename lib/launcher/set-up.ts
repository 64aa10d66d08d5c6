import type { Config } from '#config';
import { ensureFirstAdministrator, seedRoles } from '#services/accounts/set-up.ts';
import { migrateKeptPlants } from '#services/restores/kept-plants.ts';
import { openServer } from '#services/server.ts';
import { claimVault } from '#services/vault-store/claim-vault.ts';
import { migratePlanes } from './migrate-planes.ts';

/**
 * Brings a database up to date: the structure of both planes and of kept plants, the built-in roles, and where its
 * objects lie.
 * Tells `say` of kept plants that could not be migrated.
 */
export async function bringForward(
  config: Config & { readonly databaseUrl: string },
  say: (line: string) => void,
): Promise<void> {
  await migratePlanes(config.databaseUrl);
  const server = await openServer(config);
  try {
    await claimVault(server);
    await seedRoles(server);
    for (const schema of await migrateKeptPlants(server))
      say(
        `The kept network ${schema} stays in its old structure; its SAFETY backup takes its place.`,
      );
  } finally {
    await server.close();
  }
}

/** The path of the one-time link that makes the first administrator; null if one exists. */
export async function firstAdministrator(config: Config): Promise<string | null> {
  const server = await openServer(config);
  try {
    return await ensureFirstAdministrator(server);
  } finally {
    await server.close();
  }
}
