import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readJson, writeFileDurably } from './files.ts';

/** What a running server tells the command line. The database's URL holds a password. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
  readonly databaseUrl: string;
  readonly startedAt: string;
}

export function writeRunFile(dataDir: string, run: RunFile): Promise<void> {
  return writeFileDurably(fileIn(dataDir), `${JSON.stringify(run, null, 2)}\n`, 0o600);
}

/** Null if missing. A killed server leaves it behind: the lock tells whether a server runs. */
export async function readRunFile(dataDir: string): Promise<RunFile | null> {
  return (await readJson(fileIn(dataDir))) as RunFile | null;
}

export function removeRunFile(dataDir: string): Promise<void> {
  return rm(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return path.join(dataDir, 'run.json');
}
