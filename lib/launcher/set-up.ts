import type { Config } from '../config.ts';
import { openServer } from '../services/server.ts';
import { ensureFirstAdministrator, seedRoles } from '../services/set-up.ts';

/** What a fresh database needs before anybody can sign in; answers the path of the set-up link, if one is needed. */
export async function setUpInstallation(config: Config): Promise<string | null> {
  const server = await openServer(config);
  try {
    await seedRoles(server);
    return await ensureFirstAdministrator(server);
  } finally {
    await server.close();
  }
}
