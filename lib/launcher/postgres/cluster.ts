import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import { readJson, writeFileDurably } from '../files.ts';
import type { Binaries } from './binaries.ts';
import { canEnter, type Owner } from './owner.ts';
import { sharedFolder } from './place.ts';

/** A database cluster on disk, ready to be started. */
export interface Cluster {
  /** Where PostgreSQL keeps its files. */
  readonly folder: string;
  /** Of role `fiberkeep`. */
  readonly password: string;
  /** The port of its last start; 0 before the first. */
  readonly port: number;
}

const MAJOR = '18';
export const ROLE = 'fiberkeep';

/**
 * The cluster that `home` describes, made on the first call: a superuser whose password is not kept,
 * role `fiberkeep` without superuser rights (with `roleOptions`, such as CREATEDB), and its database.
 * A cluster that a crash left half made is made anew. One whose settings were lost gets a new password.
 */
export async function openCluster(
  home: string,
  binaries: Binaries,
  owner: Owner,
  options: { roleOptions?: string; say: (line: string) => void },
): Promise<Cluster> {
  await mkdir(home, { recursive: true, mode: 0o711 });
  const known = await readSettings(home);
  if (known) {
    await requireCluster(known.folder);
    return known;
  }
  const folder = await choosePlace(home, owner, options.say);
  const password = randomBytes(24).toString('base64url');
  if (await exists(path.join(folder, 'PG_VERSION'))) {
    await singleUser(binaries, owner, folder, [`ALTER ROLE ${ROLE} PASSWORD '${password}'`]);
  } else {
    await makeCluster(binaries, owner, folder, password, options.roleOptions ?? '');
  }
  const made = { folder, password, port: 0 };
  await writeSettings(home, made);
  return made;
}

/** Stores the port, so that the address stays the same across starts. */
export async function writeSettings(home: string, cluster: Cluster): Promise<void> {
  // A data folder may be moved together with its contents.
  const inside = path.relative(home, cluster.folder);
  const folder = inside.startsWith('..') ? cluster.folder : inside;
  const text = `${JSON.stringify({ ...cluster, folder }, null, 2)}\n`;
  await writeFileDurably(path.join(home, 'settings.json'), text, 0o600);
}

async function readSettings(home: string): Promise<Cluster | null> {
  const settings = (await readJson(path.join(home, 'settings.json'))) as Cluster | null;
  return settings && { ...settings, folder: path.resolve(home, settings.folder) };
}

async function requireCluster(folder: string): Promise<void> {
  const version = await readFile(path.join(folder, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null)
    throw new FiberkeepError('DATA_DIR_UNUSABLE', {
      reason: 'databaseFolderMissing',
      params: { folder },
    });
  if (version.trim() !== MAJOR)
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'postgresOtherMajor',
      params: { theirs: version.trim(), ours: MAJOR },
    });
}

/** In `home`, or beside the copied programs if `owner` may not enter `home`. */
async function choosePlace(
  home: string,
  owner: Owner,
  say: (line: string) => void,
): Promise<string> {
  if (await canEnter(owner, home)) return path.join(home, 'cluster');
  const folder = path.join(await sharedFolder(), `cluster-${randomBytes(4).toString('hex')}`);
  say(`User postgres may not enter ${home}: the database lies in ${folder}.`);
  return folder;
}

/** Makes the cluster under another name and renames it when it is complete. */
async function makeCluster(
  binaries: Binaries,
  owner: Owner,
  folder: string,
  password: string,
  roleOptions: string,
): Promise<void> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  if (owner) await chown(fresh, owner.uid, owner.gid);
  const passwordFile = path.join(fresh, '..', `.superuser-${process.pid}`);
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (owner) await chown(passwordFile, owner.uid, owner.gid);
  try {
    await runProgram(binaries.initdb, owner, [
      ...['-D', fresh, '--username=postgres', `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
      // Code-point order and Unicode case rules, which no library update can change.
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await singleUser(binaries, owner, fresh, [
    `CREATE ROLE ${ROLE} LOGIN NOSUPERUSER ${roleOptions} PASSWORD '${password}'`,
    `CREATE DATABASE ${ROLE} OWNER ${ROLE}`,
  ]);
  await rename(fresh, folder);
}

/** Runs statements, one a line, as superuser on a cluster that is not running. */
async function singleUser(
  binaries: Binaries,
  owner: Owner,
  folder: string,
  statements: readonly string[],
): Promise<void> {
  const flags = ['--single', '-D', folder, '-c', 'exit_on_error=true', 'template1'];
  await runProgram(binaries.postgres, owner, flags, `${statements.join('\n')}\n`);
}

function runProgram(
  program: string,
  owner: Owner,
  flags: readonly string[],
  input = '',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, flags, { ...owner, cwd: '/', env: programEnv });
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.once('error', (error) => reject(failed(program, error.message)));
    child.once('close', (code) => (code === 0 ? resolve() : reject(failed(program, said))));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** An environment without the caller's PG* variables, in which the programs speak English. */
export const programEnv: NodeJS.ProcessEnv = {
  NODE_ENV: 'production',
  PATH: process.env.PATH,
  LC_ALL: 'C',
  TZ: 'UTC',
};

function failed(program: string, said: string): FiberkeepError {
  const detail = said.trim().split('\n').slice(-3).join(' ');
  return new FiberkeepError('DATABASE_UNSUITABLE', {
    reason: 'programFailed',
    params: { program: path.basename(program), detail },
  });
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null && (await lstat(file)).isFile();
}
