import type { IncomingMessage, ServerResponse } from 'node:http';
import { notFound } from '#errors';
import { fileOfCompare } from '#services/compare/compare-queries.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { getPostFile, type SizedPostFile } from '#services/network/post-files.ts';
import type { Server } from '#services/server.ts';
import { contentDisposition } from '../content-disposition.ts';
import { permitRequest, whilePermitted } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';
import { sendBytes } from '../send-range.ts';

const ROUTE = /^\/api\/files\/([^/?]+)(?:\?|$)/;

/** Shown in pages. Everything else is downloaded, so that no file of a post runs as a page of this site. */
const INLINE = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif']);

/**
 * `GET|HEAD /api/files/:id`: a file of a post, with Range, ETag and Content-Length. `?compare=ID`: one that differs in
 * that compare, also where the network of now lacks it.
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
  const compareId = new URL(request.url ?? '', 'http://localhost').searchParams.get('compare');
  const file = compareId
    ? await fileOfCompare(server, await permitCompare(server, permitted.actor), compareId, id)
    : await getPostFile(server, permitted, id);
  if (!file) throw notFound('file');
  const end = () => response.destroy();
  await whilePermitted(server, permitted, end, () => sendFile(request, response, server, file));
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

/** Keeps a hostile file from being anything but an image in a page, or a download. */
function contentHeaders(file: SentFile): Record<string, string> {
  const inline = INLINE.has(file.mediaType);
  return {
    'content-type': file.mediaType,
    'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', file.name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
  };
}
