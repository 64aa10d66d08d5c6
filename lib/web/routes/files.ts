import type { IncomingMessage, ServerResponse } from 'node:http';
import { notFound } from '#errors';
import { fileOfCompare } from '#services/compare/compare-queries.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { photoPreview, photoTypes, previewWidth } from '#services/network/photo-preview.ts';
import { getPostFile, type SizedPostFile } from '#services/network/post-files.ts';
import type { Server } from '#services/server.ts';
import { contentDisposition } from '../content-disposition.ts';
import { permitRequest, whilePermitted } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';
import { sendBytes } from '../send-range.ts';

const ROUTE = /^\/api\/files\/([^/?]+)(?:\?|$)/;

/**
 * `GET|HEAD /api/files/:id`: a file of a post, with Range, ETag and Content-Length. `?width=320|1600`: a photo made
 * smaller, as WebP, where it can be. `?compare=ID`: one that differs in that compare, also where the network of now
 * lacks it.
 */
export async function handleFileDownload(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const id = ROUTE.exec(request.url ?? '')?.[1];
  if (id === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return true;
  }
  try {
    await answer(request, response, server, id);
  } catch (thrown) {
    if (!response.destroyed) sendProblem(response, thrown);
  }
  return true;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  id: string,
): Promise<void> {
  const permitted = await permitRequest(server, request, 'network.view');
  const asked = new URL(request.url ?? '', 'http://localhost').searchParams;
  const compareId = asked.get('compare');
  const width = previewWidth(asked.get('width'));
  const file = compareId
    ? await fileOfCompare(server, await permitCompare(server, permitted.actor), compareId, id)
    : await getPostFile(server, permitted, id);
  if (!file) throw notFound('file');
  const end = () => response.destroy();
  await whilePermitted(server, permitted, end, async () => {
    const picture = width && (await photoPreview(server, file, width));
    if (picture) await sendPreview(request, response, { ...file, picture });
    else await sendFile(request, response, server, file);
  });
}

async function sendPreview(
  request: IncomingMessage,
  response: ServerResponse,
  { picture, ...file }: SentFile & { readonly picture: Buffer },
): Promise<void> {
  await sendBytes(request, response, {
    size: picture.byteLength,
    etag: `"${file.sha256}-${picture.byteLength}"`,
    headers: contentHeaders({ ...file, mediaType: 'image/webp', name: `${file.name}.webp` }),
    async *read(start, end) {
      yield picture.subarray(start, end);
    },
  });
}

type SentFile = Pick<SizedPostFile, 'sha256' | 'name' | 'mediaType'>;

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  file: SentFile,
): Promise<void> {
  // The store's size, not the row's: a wrong Content-Length would break the answer.
  const { bytes, read } = await server.files.open(file.sha256);
  await sendBytes(request, response, {
    size: bytes,
    etag: `"${file.sha256}"`,
    headers: contentHeaders(file),
    read,
  });
}

/**
 * Keeps a hostile file from being anything but an image in a page, or a download: what is no photo is downloaded, so
 * that no file of a post runs as a page of this site.
 */
function contentHeaders(file: SentFile): Record<string, string> {
  const inline = photoTypes.has(file.mediaType);
  return {
    'content-type': file.mediaType,
    'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', file.name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
  };
}
