import path from 'node:path';
import type { Config } from '#config';
import { Closers } from './closers.ts';
import { ensureServerKey, openDataDir } from './data-dir.ts';
import { generateWhenChanged } from './generate.ts';
import { lockFolder, type Program } from './lock.ts';
import { checkDatabase } from './own-database.ts';
import { startEmbeddedPostgres } from './postgres/embedded.ts';

/** A data folder that is ours alone, its key, and a database that answers and has today's structure. */
export interface Installation extends AsyncDisposable {
  /** With everything settled that the environment left open. */
  readonly config: Config & { readonly databaseUrl: string };
}

interface Options {
  /** What a person should know, a line at a time. */
  readonly say: (line: string) => void;
  /** Calls the start off. */
  readonly signal: AbortSignal;
  readonly prepare?: () => Promise<unknown>;
}

/**
 * Opens the installation of `config` for this process, a `program`. The cheap checks come
 * first: whoever set something wrong reads it at once. `prepare` runs before the database is started.
 * Throws ALREADY_RUNNING, DATA_DIR_UNUSABLE, DATABASE_UNREACHABLE, DATABASE_UNSUITABLE.
 */
export async function openInstallation(
  config: Config,
  program: Program,
  { say, signal, prepare = generateWhenChanged }: Options,
): Promise<Installation> {
  const held = new Closers();
  try {
    await openDataDir(config.dataDir);
    const lock = await lockFolder(config.dataDir, program);
    held.add(() => lock[Symbol.asyncDispose]());
    if (config.databaseUrl)
      for (const warning of await checkDatabase(config.databaseUrl)) say(warning);
    await prepare();
    if (config.serverKey === null) await ensureServerKey(config.dataDir);
    const databaseUrl = config.databaseUrl ?? (await startDatabase(config, held, { say, signal }));
    const settled = { ...config, databaseUrl };
    // Imported late: it needs the generated clients.
    const { bringForward } = await import('./set-up.ts');
    await bringForward(settled, say);
    return {
      config: settled,
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
