import { z } from 'zod';
import { notFound } from '#errors';
import type { PostFile } from '#generated/plant/client.ts';
import { fileNameField, isId, lineField, readInput, wrong } from '#plant/fields.ts';
import { dropUnshown, lockFiles } from '#plant/file-lock.ts';
import type { Server } from '../server.ts';
import { type EditPermit, editNetwork, type ViewPermit } from './edit-network.ts';

export const MOST_FILE_BYTES = 2 * 1024 ** 3;
const MOST_FILE_NAME = 255;

/** RFC 6838 section 4.2: type and subtype, without parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
const UNKNOWN_MEDIA_TYPE = 'application/octet-stream';

const fileInput = z.object({
  name: fileNameField(MOST_FILE_NAME).refine((name) => !/[/\\]/.test(name), wrong('slash')),
  mediaType: lineField()
    .transform((text) => text.split(';')[0]?.trim().toLowerCase() ?? '')
    .transform((type) => (MEDIA_TYPE.test(type) ? type : UNKNOWN_MEDIA_TYPE)),
});

export interface NewPostFile {
  readonly name: string;
  /** As the client says, parameters and all; what is no media type counts as unknown bytes. */
  readonly mediaType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** A file as clients see it. */
export type SizedPostFile = PostFile & { readonly bytes: bigint };

/**
 * Puts a file on a post; its bytes are streamed and may be 2 GiB. Throws VALIDATION_FAILED, NOT_FOUND
 * (both before a byte is read) and PAYLOAD_TOO_LARGE; a stream that breaks leaves nothing behind.
 */
export async function addPostFile(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  postId: string,
  file: NewPostFile,
): Promise<SizedPostFile> {
  const { name, mediaType } = readInput(fileInput, { name: file.name, mediaType: file.mediaType });
  if (!isId(postId) || !(await server.plant.post.count({ where: { id: postId } })))
    throw notFound('post');
  await using received = await server.files.receive(file.bytes, MOST_FILE_BYTES);
  const { sha256 } = received;
  const bytes = BigInt(received.bytes);
  // Awaited here: the content received is disposed of when this function is left.
  return await editNetwork(server, permit, epoch, async (tx) => {
    await lockFiles(tx, 'adding');
    await received.keep();
    if (!(await tx.post.count({ where: { id: postId } }))) throw notFound('post');
    await tx.storedFile.upsert({ where: { sha256 }, create: { sha256, bytes }, update: {} });
    const made = await tx.postFile.create({
      data: { postId, sha256, name, mediaType, createdById: permit.actor.id },
    });
    const target = { kind: 'post-file', id: made.id, name };
    return { result: { ...made, bytes }, edit: { deed: 'add-file', target, detail: { postId } } };
  });
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
    const file = isId(id) ? await tx.postFile.findUnique({ where: { id } }) : null;
    if (!file) throw notFound('file');
    await tx.postFile.delete({ where: { id } });
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
  if (!isId(id)) return null;
  const found = await server.plant.postFile.findUnique({ where: { id }, include: { file: true } });
  return found && { ...found, bytes: found.file.bytes };
}
