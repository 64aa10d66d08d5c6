import { z } from 'zod';
import { notFound } from '#errors';
import { isId, lineField, nameField, readInput, wrong } from '#plant/fields.ts';
import { dropUnshown, lockFiles } from '#plant/file-rows.ts';
import { type FileQuota, openFileQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { type EditPermit, editNetwork, type ViewPermit } from './edit-network.ts';
import {
  deletePostFileRow,
  findPostFile,
  insertPostFile,
  postExists,
  type SizedPostFile,
} from './post-rows.ts';

export type { SizedPostFile };

export const MOST_FILE_BYTES = 2 * 1024 ** 3;
const MOST_FILE_NAME = 255;

/** RFC 6838 section 4.2: type and subtype, without parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
const UNKNOWN_MEDIA_TYPE = 'application/octet-stream';

const fileInput = z.object({
  name: nameField(MOST_FILE_NAME).refine((name) => !/[/\\]/.test(name), wrong('slash')),
  mediaType: lineField()
    .transform((text) => text.split(';')[0]?.trim().toLowerCase() ?? '')
    .transform((type) => (MEDIA_TYPE.test(type) ? type : UNKNOWN_MEDIA_TYPE)),
});

export interface NewPostFile {
  readonly name: string;
  /** As the client says, with parameters. Anything malformed counts as `application/octet-stream`. */
  readonly mediaType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** How many there will be, where the client says so. */
  readonly announcedBytes?: number;
}

/**
 * Puts a file of up to 2 GiB on a post, streaming its bytes. A stream that breaks leaves nothing behind. Throws
 * VALIDATION_FAILED and NOT_FOUND before a byte is read, PAYLOAD_TOO_LARGE, DISK_FULL, and TOO_MANY past the
 * person's bytes of a day.
 */
export async function addPostFile(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  postId: string,
  file: NewPostFile,
): Promise<SizedPostFile> {
  const { name, mediaType } = readInput(fileInput, { name: file.name, mediaType: file.mediaType });
  if (!isId(postId) || !(await postExists(server.plant, postId))) throw notFound('post');
  await server.room.require('files', file.announcedBytes ?? 0);
  await using quota = await openFileQuota(server, permit.actor, file.announcedBytes ?? 0);
  await using received = await server.files.receive(counted(file.bytes, quota), MOST_FILE_BYTES);
  const { sha256 } = received;
  const bytes = BigInt(received.bytes);
  const added = await editNetwork(server, permit, epoch, async (tx) => {
    await lockFiles(tx, 'adding');
    await received.keep();
    if (!(await postExists(tx, postId))) throw notFound('post');
    const row = { postId, sha256, name, mediaType, createdById: permit.actor.id };
    const made = await insertPostFile(tx, row, bytes);
    const target = { kind: 'post-file', id: made.id, name };
    return { result: { ...made, bytes }, edit: { deed: 'add-file', target, detail: { postId } } };
  });
  quota.keep();
  return added;
}

async function* counted(source: AsyncIterable<Uint8Array>, quota: FileQuota) {
  for await (const piece of source) {
    await quota.take(piece.length);
    yield piece;
  }
}

/** Takes a file off its post; its content goes when nothing needs it any more. Throws NOT_FOUND. */
export async function deletePostFile(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
): Promise<string> {
  return editNetwork(server, permit, epoch, async (tx) => {
    await lockFiles(tx, 'removing');
    const file = isId(id) ? await findPostFile(tx, id) : null;
    if (!file) throw notFound('file');
    await deletePostFileRow(tx, id);
    await dropUnshown(tx, [file.sha256]);
    const target = { kind: 'post-file', id, name: file.name };
    return {
      result: id,
      edit: { deed: 'delete-file', target, detail: { postId: file.postId } },
    };
  });
}

/** One file with its size; null when there is none. */
export async function getPostFile(
  server: Server,
  _permit: ViewPermit,
  id: string,
): Promise<SizedPostFile | null> {
  return isId(id) ? findPostFile(server.plant, id) : null;
}
