import { readConfig } from '#config';
import { askLauncher } from '#services/recovery/install-key.ts';
import { getServer } from '#services/server.ts';
import { assertOwnVault } from '#services/vault-store/claim-vault.ts';
import { startWebServer } from './server.ts';

/** The web process: the launcher starts it with DATABASE_URL and DATA_DIR settled. */
const dev = process.argv.includes('--dev');
const server = await getServer();
server.installKey = askLauncher(process);
// The launcher has looked already.
if (!process.connected) await assertOwnVault(server);
const web = await startWebServer(readConfig(), dev);

async function stop(): Promise<void> {
  await web.close();
  await (await getServer()).close();
  process.exit(0);
}

process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
