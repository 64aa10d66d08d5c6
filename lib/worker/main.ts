import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { readConfig } from '#config';
import { asFiberkeepError, errorText } from '#errors';
import { openLog, openServer } from '#services/server.ts';
import { assertOwnVault } from '#services/vault-store/claim-vault.ts';
import { runWorker } from './run-worker.ts';
import { collectInOneGo } from './whole-collections.ts';

export { runWorker } from './run-worker.ts';

// Prisma's WebAssembly is optimized where it turns out to be worth it, not while it starts: that takes a second.
setFlagsFromString('--wasm-tiering-budget=30000000');

/** The process ends this long after it was asked to, also with jobs running; their leases then run out. */
const STOP_WITHIN_MS = 8_000;

/** The worker process: runs until SIGTERM or SIGINT, or until the launcher that started it is gone. */
async function main(): Promise<void> {
  collectInOneGo();
  const config = readConfig();
  const log = openLog(config, 'worker');
  const server = await openServer(config);
  // The launcher has looked already.
  if (!process.connected) await assertOwnVault(server);
  const stop = new AbortController();
  const end = () => {
    stop.abort();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (process.connected) process.on('disconnect', end);
  await runWorker(server, { signal: stop.signal, log, nights: true });
  await server.close();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(
    () => process.exit(0),
    (thrown) => {
      const error = asFiberkeepError(thrown);
      const { message, hint } = errorText(error);
      process.stderr.write(`${error.code}: ${message} ${hint}\n`);
      process.exit(1);
    },
  );
}
