import { chmod, mkdir } from 'node:fs/promises';
import { FiberkeepError } from '#errors';

const SHARED = '/var/lib/fiberkeep';

/**
 * A folder that every user may enter, for what user `postgres` cannot reach where it lies. Only root gets
 * here: everybody else runs PostgreSQL as themselves.
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
