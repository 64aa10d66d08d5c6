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
    case 'S3': {
      // The AWS SDK takes a while to load, and most processes never use it.
      const { openS3Place } = await import('./s3-place.ts');
      return openS3Place(access, options);
    }
    default:
      throw new FiberkeepError('INTERNAL');
  }
}
