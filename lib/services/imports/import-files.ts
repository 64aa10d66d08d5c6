import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { readerOf } from '#plant/exchange/read/read-features.ts';
import { nameField, readInput } from '#plant/fields.ts';
import { authorColumns } from '#vault/actor.ts';
import { writeVault } from '../authority.ts';
import type { Permit } from '../permit.ts';
import { type FileQuota, openFileQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { type Import, importsWithFiles, insertImport } from './import-rows.ts';

export const MOST_IMPORT_BYTES = 4 * 1024 ** 3;
const MOST_FILE_NAME = 255;
/** A file without a row: a process died between the two. */
const UNCLAIMED_MS = 60 * 60 * 1000;

const folderOf = ({ config }: Pick<Server, 'config'>) => path.join(config.dataDir, 'imports');

/** Where the file of an import lies until it was read. Readers of packed files need to jump within it. */
export const fileOf = (server: Pick<Server, 'config'>, id: string) =>
  path.join(folderOf(server), id);

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
  const file = fileOf(server, id);
  await mkdir(folderOf(server), { recursive: true, mode: 0o700 });
  try {
    const written = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.from(counted(server, bytes, quota)), written);
    const data = {
      ...{ id, fileName: name, bytes: BigInt((await stat(file)).size) },
      ...authorColumns('author', permit.actor),
    };
    const made = await writeVault(server, permit, (tx) => insertImport(tx, data));
    quota.keep();
    return made;
  } catch (thrown) {
    await rm(file, { force: true });
    throw thrown;
  }
}

async function* counted(server: Server, source: AsyncIterable<Uint8Array>, quota: FileQuota) {
  let total = 0;
  for await (const piece of source) {
    total += piece.length;
    if (total > MOST_IMPORT_BYTES) throw importTooLarge();
    await quota.take(piece.length);
    await server.room.take('uploads', piece.length);
    yield piece;
  }
}

export function importTooLarge(): FiberkeepError {
  return new FiberkeepError('PAYLOAD_TOO_LARGE', {
    reason: 'fileTooLarge',
    params: { maxBytes: MOST_IMPORT_BYTES },
  });
}

/** Housekeeping: removes the files that no import waits for. */
export async function removeReadFiles(server: Server): Promise<void> {
  const names = await readdir(folderOf(server)).catch(() => []);
  const ids = names.filter((name) => isUuid(name));
  const waiting = await importsWithFiles(server.vault, ids);
  for (const id of ids) {
    if (waiting.has(id)) continue;
    const found = await stat(fileOf(server, id)).catch(() => null);
    if (found && Date.now() - found.mtimeMs > UNCLAIMED_MS)
      await rm(fileOf(server, id), { force: true });
  }
}
