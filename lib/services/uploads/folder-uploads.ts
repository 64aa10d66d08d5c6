import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { openFileSource } from '#engine/archive/read/source.ts';
import { type DiskRoom, taking } from '../disk-room.ts';
import type { UploadBytes } from './upload-bytes.ts';
import { uploadGone } from './upload-gone.ts';

/** One file in `folder` for each upload. */
export function openFolderUploads(folder: string, room: DiskRoom): UploadBytes {
  const fileOf = (id: string) => path.join(folder, id);
  return {
    async create(id) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await (await open(fileOf(id), 'wx', 0o600)).close();
    },
    async received(id) {
      const found = await stat(fileOf(id)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      return found?.size ?? null;
    },
    async append(id, offset, source, onProgress) {
      const handle = await open(fileOf(id), 'r+').catch(unlessGone);
      let at = offset;
      try {
        for await (const piece of taking(room, 'uploads', source)) {
          at += await writeAll(handle, piece, at);
          onProgress(at);
        }
        return at;
      } finally {
        await handle.datasync().finally(() => handle.close());
      }
    },
    open: (id) => openFileSource(fileOf(id)).catch(unlessGone),
    remove: (id) => rm(fileOf(id), { force: true }),
    list: () => listFiles(folder),
  };
}

async function writeAll(handle: FileHandle, piece: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < piece.length; )
    done += (await handle.write(piece, done, piece.length - done, position + done)).bytesWritten;
  return piece.length;
}

async function* listFiles(folder: string) {
  for (const id of await readdir(folder).catch(() => [])) {
    const found = await stat(path.join(folder, id)).catch(() => null);
    if (found?.isFile()) yield { id, modifiedAt: found.mtime };
  }
}

function unlessGone(cause: NodeJS.ErrnoException): never {
  if (cause.code !== 'ENOENT') throw cause;
  throw uploadGone(cause);
}
