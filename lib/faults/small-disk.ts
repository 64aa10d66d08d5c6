import { execFile } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ObjectStore } from '#engine/store/port.ts';
import type { FileStore } from '#plant/file-store.ts';
import type { Server } from '#services/server.ts';

const run = promisify(execFile);
const MB = 1024 * 1024;
const LEAST_BYTES = 4096;

/** A disk that a test can fill up. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** False if this system allows no mount; then only `limited` runs out of space. */
  readonly real: boolean;
  fill(): void;
  free(): Promise<void>;
  /** The server, whose stores lie on this disk. */
  limited(server: Server): Server;
}

/** A tmpfs if this process may mount one (root on Linux), else stores that refuse to write. */
export async function openSmallDisk(bytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-small-'));
  const options = `size=${bytes},mode=755`;
  const real = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  if (!real)
    process.stderr.write(
      'No small disk can be mounted here: its store only says that it is full.\n',
    );
  const ballast = path.join(folder, 'ballast');
  let full = false;
  return {
    folder,
    real,
    fill() {
      full = true;
      if (real) fillUp(ballast);
    },
    async free() {
      full = false;
      await rm(ballast, { force: true });
    },
    limited: (server) => (real ? server : limitedBy(server, () => full)),
    async [Symbol.asyncDispose]() {
      if (real) await run('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Fills the disk to the last block, synchronously. */
function fillUp(file: string): void {
  const handle = openSync(file, 'a');
  try {
    for (let bytes = MB; bytes >= LEAST_BYTES; )
      if (writeUpTo(handle, Buffer.alloc(bytes, 1)) < bytes) bytes /= 2;
  } finally {
    closeSync(handle);
  }
}

/** Returns how many bytes fitted. */
function writeUpTo(handle: number, bytes: Buffer): number {
  try {
    return writeSync(handle, bytes);
  } catch {
    return 0;
  }
}

function limitedBy(server: Server, isFull: () => boolean): Server {
  const refuse = () => {
    if (!isFull()) return;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const store: ObjectStore = {
    ...server.store,
    freeBytes: async () => (isFull() ? 0n : server.store.freeBytes()),
    async put(name, bytes) {
      refuse();
      await server.store.put(name, bytes);
    },
  };
  const files: FileStore = {
    ...server.files,
    async write(sha256, bytes) {
      refuse();
      await server.files.write(sha256, bytes);
    },
  };
  return { ...server, store, files };
}
