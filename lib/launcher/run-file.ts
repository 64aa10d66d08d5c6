import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readJson, writeFileDurably } from './files.ts';

/** What a running server tells the command line beside it. The address of the database holds a password. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
  readonly databaseUrl: string;
  readonly startedAt: string;
}

export function writeRunFile(dataDir: string, run: RunFile): Promise<void> {
  return writeFileDurably(fileIn(dataDir), `${JSON.stringify(run, null, 2)}\n`, 0o600);
}

/** Null where there is none. It may be left from a server that was killed: the lock tells. */
export async function readRunFile(dataDir: string): Promise<RunFile | null> {
  return (await readJson(fileIn(dataDir))) as RunFile | null;
}

export function removeRunFile(dataDir: string): Promise<void> {
  return rm(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return path.join(dataDir, 'run.json');
}
