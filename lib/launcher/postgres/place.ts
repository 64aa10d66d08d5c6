import { chmod, mkdir } from 'node:fs/promises';
import { FiberkeepError } from '#errors';

const SHARED = '/var/lib/fiberkeep';

/**
 * A folder that every user may enter, for files that user `postgres` cannot reach elsewhere. Only root needs
 * it: other users run PostgreSQL as themselves.
 */
export async function sharedFolder(): Promise<string> {
  try {
    await mkdir(SHARED, { recursive: true });
    await chmod(SHARED, 0o755);
    return SHARED;
  } catch (error) {
    throw new FiberkeepError('DATA_DIR_UNUSABLE', {
      reason: 'sharedFolderNotMade',
      params: { folder: SHARED },
      cause: error,
    });
  }
}
