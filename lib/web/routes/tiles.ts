import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import {
  ELEMENTS_FROM_ZOOM,
  FEW_FROM_ZOOM,
  LAST_ZOOM,
  readTilePlace,
  type TilePlace,
} from '#services/map/tile-place.ts';
import { networkBounds, readTile } from '#services/map/tiles.ts';
import type { Server } from '#services/server.ts';
import { permitRequest } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';
import { namesTag } from '../send-range.ts';

const TILE = /^\/api\/tiles\/([^/?]*)\/([^/?]*)\/([^/?]*)\.mvt(?:\?|$)/;
const DESCRIPTION = /^\/api\/tiles\/network\.json(?:\?|$)/;

/** Smaller answers gain nothing. */
const LEAST_GZIPPED = 1024;

/**
 * `GET|HEAD /api/tiles/{z}/{x}/{y}.mvt`: the network as Mapbox Vector Tiles 2.1, and `/api/tiles/network.json`, which
 * describes them (TileJSON 3.0.0). Both take `network.view`.
 */
export async function handleTiles(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const url = request.url ?? '';
  const tile = TILE.exec(url);
  if (!tile && !DESCRIPTION.test(url)) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return true;
  }
  try {
    const permitted = await permitRequest(server, request, 'network.view');
    if (tile) {
      const place: TilePlace = readTilePlace(tile[1] ?? '', tile[2] ?? '', tile[3] ?? '');
      const bytes = await readTile(server, permitted, place);
      await send(request, response, 'application/vnd.mapbox-vector-tile', bytes);
    } else {
      const text = JSON.stringify(tileJson(await networkBounds(server, permitted)));
      await send(request, response, 'application/json', Buffer.from(text));
    }
  } catch (thrown) {
    if (!response.destroyed) sendProblem(response, thrown);
  }
  return true;
}

const FIELDS = {
  id: 'String',
  name: 'String',
  project: 'String',
  type: 'String',
  status: 'String',
};
const COUNTS = {
  total: 'Number',
  poles: 'Number',
  boxes: 'Number',
  cables: 'Number',
  clients: 'Number',
};

/** TileJSON 3.0.0, section 3. Without an element there are no `bounds`. */
function tileJson(bounds: Awaited<ReturnType<typeof networkBounds>>): Record<string, unknown> {
  const elements = { fields: FIELDS, minzoom: FEW_FROM_ZOOM, maxzoom: LAST_ZOOM };
  return {
    tilejson: '3.0.0',
    tiles: ['/api/tiles/{z}/{x}/{y}.mvt'],
    minzoom: 0,
    maxzoom: LAST_ZOOM,
    ...(bounds && { bounds: [bounds.west, bounds.south, bounds.east, bounds.north] }),
    vector_layers: [
      { id: 'cells', fields: COUNTS, minzoom: 0, maxzoom: ELEMENTS_FROM_ZOOM - 1 },
      ...['poles', 'boxes', 'cables', 'clients'].map((id) => ({ id, ...elements })),
    ],
  };
}

/** Answers with the bytes, gzipped where the client takes that, or 304 where it has them. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  contentType: string,
  bytes: Uint8Array,
): Promise<void> {
  // Weak: the same tile goes out gzipped or not (RFC 9110 section 8.8.3.3).
  const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  const headers = {
    etag,
    'cache-control': 'private, no-cache',
    vary: 'accept-encoding, cookie, authorization',
  };
  if (namesTag(request.headers['if-none-match'], etag.slice(2))) {
    response.writeHead(304, headers).end();
    return;
  }
  const zipped = bytes.length >= LEAST_GZIPPED && takesGzip(request);
  const body = zipped ? await gzipped(bytes, { level: constants.Z_BEST_SPEED }) : bytes;
  response.writeHead(200, {
    ...headers,
    'content-type': contentType,
    'content-length': body.length,
    ...(zipped && { 'content-encoding': 'gzip' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const gzipped = promisify(gzip) as (bytes: Uint8Array, options: object) => Promise<Buffer>;

function takesGzip({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*gzip\s*(?:,|$|;\s*q=(?:1|0\.\d*[1-9]))/i.test(
    String(headers['accept-encoding'] ?? ''),
  );
}
