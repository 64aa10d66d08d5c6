import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { openFileStore } from '#plant/file-store.ts';

const PHOTO_BYTES = 2 * 1024 * 1024;

/** Adds so many contents of 2 MiB that no other has, as photos of posts are. */
export async function addPhotos(
  { databaseUrl, filesFolder }: { readonly databaseUrl: string; readonly filesFolder: string },
  count: number,
): Promise<void> {
  const files = await openFileStore(filesFolder);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (let n = 0; n < count; n++) {
    const bytes = randomBytes(PHOTO_BYTES);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await files.write(
      sha256,
      (async function* () {
        yield bytes;
      })(),
    );
    const sql = 'INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, $2)';
    await client.query(sql, [sha256, bytes.length]);
  }
  await client.end();
}
