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

/** What can be known of an archive. */
export interface InspectedArchive {
  readonly serverId: string;
  readonly backupId: string;
  readonly bytes: number;
  /** Whether every byte was read and is as it was written. Otherwise only the length was compared. */
  readonly tested: boolean;
  /** Null without the key of the server that made it. */
  readonly manifest: ArchiveManifest | null;
}

interface InspectRequest {
  readonly file: string;
  /** Keys of some server; null where the caller has no keys. */
  readonly keys: ServerKeys | null;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Says which server made an archive, of which backup, and whether it is intact. With that server's key it reads
 * every byte, otherwise header and length. Needs no database. Throws what `readArchive` throws.
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

/** Opens a file of this machine. Throws NOT_FOUND where it is missing, not a file, or not readable. */
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

/** The keys of `text` (`FIBERKEEP-KEY1…`), or of this machine's installation; null where there is no installation. */
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
