import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { RewindError } from '../../errors/index.ts';
import { identify } from '../../services/identify.ts';
import { permit } from '../../services/permit.ts';
import { getPostFile, type SizedPostFile } from '../../services/post-files.ts';
import type { Server } from '../../services/server.ts';
import { readRange } from '../byte-range.ts';
import { contentDisposition } from '../content-disposition.ts';
import { sendProblem } from '../problem.ts';

const ROUTE = /^\/api\/files\/([^/?]+)(?:\?|$)/;

/** Shown in the page; anything else is downloaded, so that no file of a post runs as a page of this site. */
const INLINE = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif']);

/** `GET|HEAD /api/files/:id`: a file of a post, with Range, ETag and Content-Length. */
export async function handleFileDownload(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const id = ROUTE.exec(request.url ?? '')?.[1];
  if (id === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
    return true;
  }
  try {
    await sendFile(request, response, server, await findFile(request, server, id));
  } catch (thrown) {
    if (!response.destroyed) sendProblem(response, thrown);
  }
  return true;
}

async function findFile(request: IncomingMessage, server: Server, id: string) {
  const address = String(request.headers['x-rewind-address'] ?? '');
  const actor = await identify(server, request.headers, address);
  const file = await getPostFile(server, await permit(server, actor, 'network.view'), id);
  if (file) return file;
  throw new RewindError('NOT_FOUND', 'The file is not there.', {
    hint: 'It may have been deleted, or the network taken back to a backup that does not have it: reload.',
  });
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  file: SizedPostFile,
): Promise<void> {
  const etag = `"${file.sha256}"`;
  const headers = { etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' };
  if (namesTag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  // The store's size, not the row's: a Content-Length that the bytes do not have would break the answer.
  const size = await server.files.size(file.sha256);
  const current = request.headers['if-range'];
  const asked = current === undefined || current === etag ? request.headers.range : undefined;
  const range = request.method === 'HEAD' ? 'all' : readRange(asked, size);
  if (range === 'none') {
    response.writeHead(416, {
      ...headers,
      'content-range': `bytes */${size}`,
      'content-length': 0,
    });
    response.end();
    return;
  }
  const { start, end } = range === 'all' ? { start: 0, end: size - 1 } : range;
  response.writeHead(range === 'all' ? 200 : 206, {
    ...headers,
    ...contentHeaders(file),
    'content-length': end - start + 1,
    ...(range !== 'all' && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) response.end();
  else await pipeline(server.files.readRange(file.sha256, start, end), response);
}

/** What keeps a hostile file from being anything but an image in a page or a download. */
function contentHeaders(file: SizedPostFile): Record<string, string> {
  const inline = INLINE.has(file.mediaType);
  return {
    'content-type': file.mediaType,
    'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', file.name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
  };
}

/** RFC 9110 section 13.1.2, where the comparison is weak. */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
