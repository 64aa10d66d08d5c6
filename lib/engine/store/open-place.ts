import { FiberkeepError } from '#errors';
import { openFolderPlace } from './folder-place.ts';
import type { OpenPlaceOptions, Place } from './place.ts';
import type { PlaceAccess } from './place-access.ts';

/** Opens a place. Throws DESTINATION_UNUSABLE where it cannot be reached, refuses, or is not there. */
export async function openPlace(
  access: PlaceAccess,
  options: OpenPlaceOptions = {},
): Promise<Place> {
  switch (access.kind) {
    case 'FOLDER':
      return openFolderPlace(access);
    case 'SFTP': {
      // Late: only processes that reach such a place load the SSH client.
      const { openSftpPlace } = await import('./sftp-place.ts');
      return openSftpPlace(access, options);
    }
    default:
      throw new FiberkeepError('INTERNAL');
  }
}
