import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { readerOf } from '#plant/exchange/read/read-features.ts';
import { nameField, readInput } from '#plant/fields.ts';
import { authorColumns } from '#vault/actor.ts';
import { writeVault } from '../authority.ts';
import type { Permit } from '../permit.ts';
import { type FileQuota, openFileQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { type Import, insertImport } from './import-rows.ts';

export const MOST_IMPORT_BYTES = 4 * 1024 ** 3;
const MOST_FILE_NAME = 255;
/** Folders of files that are being read begin with it. */
const FOLDER = 'import-';
/** Reading takes minutes: a process died that left a folder for longer. */
const LEFT_MS = 6 * 60 * 60 * 1000;

/**
 * Makes the file of an import a file of this machine's for as long as `work` runs: readers of packed files jump within
 * it. It may have come to another machine.
 */
export async function withLocalFile<T>(
  server: Server,
  id: string,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(server.config.dataDir, FOLDER));
  try {
    await using source = await server.uploads.open(id);
    await server.room.require('uploads', source.bytes);
    const file = path.join(folder, 'file');
    await pipeline(source.read(0), createWriteStream(file, { mode: 0o600 }));
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface NewImportFile {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** How many there will be, where the client says so. */
  readonly announcedBytes?: number;
}

/**
 * Takes in the file of an import, streaming its bytes. A stream that breaks leaves nothing behind. Throws FILE_REFUSED
 * for a format that nobody reads, PAYLOAD_TOO_LARGE, DISK_FULL, and TOO_MANY past the person's bytes of a day.
 */
export async function receiveImportFile(
  server: Server,
  permit: Permit<'network.import'>,
  { name: given, bytes, announcedBytes = 0 }: NewImportFile,
): Promise<Import> {
  const { name } = readInput(z.object({ name: nameField(MOST_FILE_NAME) }), { name: given });
  readerOf(name);
  await server.room.require('uploads', announcedBytes);
  await using quota = await openFileQuota(server, permit.actor, announcedBytes);
  const id = uuidv7();
  await server.uploads.create(id);
  try {
    const size = await server.uploads.append(id, 0, counted(bytes, quota), () => {});
    const data = {
      ...{ id, fileName: name, bytes: BigInt(size) },
      ...authorColumns('author', permit.actor),
    };
    const made = await writeVault(server, permit, (tx) => insertImport(tx, data));
    quota.keep();
    return made;
  } catch (thrown) {
    await server.uploads.remove(id);
    throw thrown;
  }
}

async function* counted(source: AsyncIterable<Uint8Array>, quota: FileQuota) {
  let total = 0;
  for await (const piece of source) {
    total += piece.length;
    if (total > MOST_IMPORT_BYTES) throw importTooLarge();
    await quota.take(piece.length);
    yield piece;
  }
}

export function importTooLarge(): FiberkeepError {
  return new FiberkeepError('PAYLOAD_TOO_LARGE', {
    reason: 'fileTooLarge',
    params: { maxBytes: MOST_IMPORT_BYTES },
  });
}

/** Housekeeping: removes the folders of processes that died while they read. */
export async function removeLeftFolders({ config }: Server): Promise<void> {
  for (const name of await readdir(config.dataDir)) {
    const folder = path.join(config.dataDir, name);
    if (!name.startsWith(FOLDER)) continue;
    const found = await stat(folder).catch(() => null);
    if (found && Date.now() - found.mtimeMs > LEFT_MS)
      await rm(folder, { recursive: true, force: true });
  }
}
