import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { OpenContent } from './file-store.ts';

/** Widths of previews, in pixels: in lists, and as large as a screen. */
export const previewWidths = [320, 1600] as const;

export type PreviewWidth = (typeof previewWidths)[number];

/** Larger files, and pictures of more pixels, are shown as they are. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PIXELS = 100_000_000;
const MOST_SECONDS = 20;
const QUALITY = 78;

/**
 * Small WebP pictures of photos, upright and without what the camera wrote into them, each made once and kept as
 * `<first two hex digits>/<sha256>-<width>.webp`. The folder may be deleted at any time.
 */
export class PhotoPreviews {
  readonly #folder: string;
  /** One picture at a time: each takes a core and the memory of its pixels. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The preview of the content; null where it is no picture that can be made smaller. */
  async get(
    sha256: string,
    width: PreviewWidth,
    open: () => Promise<OpenContent>,
  ): Promise<Buffer | null> {
    const file = this.#fileOf(sha256, width);
    const kept = await readFile(file).catch(() => null);
    if (kept) return kept;
    const made = this.#turn.then(async () => {
      const meanwhile = await readFile(file).catch(() => null);
      if (meanwhile) return meanwhile;
      const bytes = await shrink(await open(), width);
      // A full disk costs the next reader the work again, and nobody the picture.
      if (bytes) await keep(file, bytes).catch(() => remove(`${file}.partial`));
      return bytes;
    });
    this.#turn = made.catch(() => {});
    return made;
  }

  /** Removes the content's previews, as far as that can be done: they are worth no error. */
  async delete(sha256: string): Promise<void> {
    for (const width of previewWidths) await remove(this.#fileOf(sha256, width));
  }

  #fileOf(sha256: string, width: PreviewWidth): string {
    return path.join(this.#folder, sha256.slice(0, 2), `${sha256}-${width}.webp`);
  }
}

async function shrink({ bytes, read }: OpenContent, width: PreviewWidth): Promise<Buffer | null> {
  if (bytes > MOST_BYTES) return null;
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  const picture = sharp({ limitInputPixels: MOST_PIXELS, failOn: 'error' })
    .timeout({ seconds: MOST_SECONDS })
    .autoOrient()
    .resize({ width, height: width, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: QUALITY });
  const source = Readable.from(read(0, bytes), { objectMode: false });
  const fault = new Promise<never>((_, reject) => source.once('error', reject));
  source.pipe(picture);
  return Promise.race([picture.toBuffer().catch(() => null), fault]);
}

const remove = (file: string) => rm(file, { force: true }).catch(() => {});

/** Nobody reads half of a picture. It is not synced: what a crash loses is made again. */
async function keep(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.partial`, bytes, { mode: 0o600 });
  await rename(`${file}.partial`, file);
}
