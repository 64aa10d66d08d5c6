import { stat } from 'node:fs/promises';
import type { ArchiveManifest } from '#engine/archive/container/archive-manifest.ts';
import { openHeader, requireLength } from '#engine/archive/read/open-header.ts';
import { testArchive } from '#engine/archive/read/read-archive.ts';
import { type ArchiveSource, openFileSource } from '#engine/archive/read/source.ts';
import type { Report } from '#engine/ports.ts';
import { deriveKeys, type ServerKeys } from '#engine/sealing/keys.ts';
import { parseServerKey } from '#engine/sealing/server-key.ts';
import { FiberkeepError } from '#errors';
import { readServerKey } from '../server.ts';

/** What a file is, as far as it can be known. */
export interface InspectedArchive {
  readonly serverId: string;
  readonly backupId: string;
  readonly bytes: number;
  /** `tested`: every byte was read and is as it was written. Else only its length was looked at. */
  readonly tested: boolean;
  /** What is in it; null without the key of the server that made it. */
  readonly manifest: ArchiveManifest | null;
}

interface InspectRequest {
  readonly file: string;
  /** Of the server that made it, or of another one, or none. */
  readonly keys: ServerKeys | null;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Says what an archive is, who made it and whether it is intact: to its last byte with the key of its server,
 * by its header and length without. Throws why it is none, or not whole; needs no server.
 */
export async function inspectArchive(request: InspectRequest): Promise<InspectedArchive> {
  const { keys, report, signal } = request;
  await using source = await openLocalFile(request.file);
  const header = await openHeader(source);
  requireLength(source, header);
  const { serverId, backupId } = header;
  const about = { serverId, backupId, bytes: source.bytes };
  if (keys?.serverId !== serverId) return { ...about, tested: false, manifest: null };
  const manifest = await testArchive({
    source,
    keys,
    announcedBytes: null,
    structure: null,
    report,
    signal,
  });
  return { ...about, tested: true, manifest };
}

/** Opens a file of this machine. Throws NOT_FOUND for what is not there, no file, or not to be read. */
export async function openLocalFile(file: string): Promise<ArchiveSource & AsyncDisposable> {
  try {
    if ((await stat(file)).isFile()) return await openFileSource(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  throw unreadable(file);
}

function unreadable(file: string, cause?: unknown): FiberkeepError {
  return new FiberkeepError('NOT_FOUND', { reason: 'fileUnreadable', params: { file }, cause });
}

/** The keys of `text` (`FIBERKEEP-KEY1…`), else of this machine's installation; null where there is none. */
export async function keysFor(
  text: string | null,
  config: Parameters<typeof readServerKey>[0],
): Promise<ServerKeys | null> {
  if (text !== null) {
    const key = parseServerKey(text);
    if (key) return deriveKeys(key);
    throw new FiberkeepError('CONFIGURATION_INVALID', { reason: 'notAServerKey' });
  }
  const key = await readServerKey(config).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return key && deriveKeys(key);
}
