import { type PreviewWidth, previewWidths } from '#plant/photo-previews.ts';
import type { Server } from '../server.ts';

/** The pictures that every browser shows. */
export const photoTypes: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
]);

/** A width that previews have, as an address names it; null for any other. */
export function previewWidth(text: string | null): PreviewWidth | null {
  return previewWidths.find((known) => String(known) === text) ?? null;
}

/** The photo as WebP, at most `width` pixels wide and high; null where it is none, or cannot be made smaller. */
export async function photoPreview(
  server: Pick<Server, 'previews' | 'files'>,
  { sha256, mediaType }: { readonly sha256: string; readonly mediaType: string },
  width: PreviewWidth,
): Promise<Buffer | null> {
  if (!photoTypes.has(mediaType)) return null;
  return server.previews.get(sha256, width, () => server.files.open(sha256));
}
