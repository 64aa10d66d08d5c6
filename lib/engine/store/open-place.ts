import { openFolderPlace } from './folder-place.ts';
import type { OpenPlaceOptions, Place } from './place.ts';
import type { PlaceAccess } from './place-access.ts';

/**
 * Opens a place. Throws DESTINATION_UNUSABLE where it cannot be reached, refuses, or is not there. What most processes
 * never use, an SDK or an SSH client, is loaded here and not before.
 */
export async function openPlace(
  access: PlaceAccess,
  options: OpenPlaceOptions = {},
): Promise<Place> {
  switch (access.kind) {
    case 'FOLDER':
      return openFolderPlace(access);
    case 'S3': {
      const { openS3Place } = await import('./s3-place.ts');
      return openS3Place(access, options);
    }
    case 'SFTP': {
      const { openSftpPlace } = await import('./sftp-place.ts');
      return openSftpPlace(access, options);
    }
  }
}
