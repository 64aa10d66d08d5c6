import path from 'node:path';
import type { Config } from '#config';
import { probeVault } from '#services/vault-store/claim-vault.ts';
import { Closers } from './closers.ts';
import { ensureServerKey, openDataDir } from './data-dir.ts';
import { lockFolder } from './lock.ts';
import type { Program } from './lock-holder.ts';
import { checkDatabase } from './own-database.ts';
import { startEmbeddedPostgres } from './postgres/embedded.ts';
import { bringForward } from './set-up.ts';

/** A locked data folder, its key, and a running database with today's structure. */
export interface Installation extends AsyncDisposable {
  /** Complete: with the values that the environment left open. */
  readonly config: Config & { readonly databaseUrl: string };
  /** As `FolderLock` says. */
  announceEnd(): Promise<void>;
}

interface Options {
  /** Tells a person something, a line at a time. */
  readonly say: (line: string) => void;
  /** Cancels the start. */
  readonly signal: AbortSignal;
  readonly prepare?: () => Promise<unknown>;
}

/**
 * Opens the installation of `config` for this process, a `program`. Cheap checks come first, so that a wrong
 * setting is reported at once. `prepare` runs before the database starts.
 * Throws ALREADY_RUNNING, DATA_DIR_UNUSABLE, DATABASE_UNREACHABLE, DATABASE_UNSUITABLE, VAULT_UNAVAILABLE,
 * VAULT_UNSUITABLE.
 */
export async function openInstallation(
  config: Config,
  program: Program,
  { say, signal, prepare = async () => {} }: Options,
): Promise<Installation> {
  const held = new Closers();
  try {
    await openDataDir(config.dataDir);
    const lock = await lockFolder(config.dataDir, program, { say, signal });
    held.add(() => lock[Symbol.asyncDispose]());
    if (config.databaseUrl)
      for (const warning of await checkDatabase(config.databaseUrl)) say(warning);
    await probeVault(config);
    await prepare();
    if (config.serverKey === null) await ensureServerKey(config.dataDir);
    const databaseUrl = config.databaseUrl ?? (await startDatabase(config, held, { say, signal }));
    const settled = { ...config, databaseUrl };
    await bringForward(settled, say);
    return {
      config: settled,
      announceEnd: () => lock.announceEnd(),
      [Symbol.asyncDispose]: () => held.close(),
    };
  } catch (error) {
    await held.close();
    throw error;
  }
}

async function startDatabase(config: Config, held: Closers, options: Options): Promise<string> {
  const server = await startEmbeddedPostgres(path.join(config.dataDir, 'postgres'), options);
  held.add(() => server.stop());
  return server.url;
}
