import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readConfig } from '#config';
import { readTilePlace, type TilePlace } from '#services/map/tile-place.ts';
import { readTile } from '#services/map/tiles.ts';
import { permit, systemActor } from '#services/permit.ts';
import { openServer, type Server } from '#services/server.ts';
import { median, percentile } from './statistics.ts';

export const name = 'tiles';

const TILES = 200;
const LIMIT_MS = 100;

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

/** Reads the tiles around random poles, one after the other, and the counts of the whole network once. */
export async function run({ databaseUrl, filesFolder, log }: Options): Promise<void> {
  const server = await openServer(
    readConfig({
      DATABASE_URL: databaseUrl,
      DATA_DIR: path.dirname(filesFolder),
      SERVER_KEY: randomBytes(32).toString('hex'),
      LOG_LEVEL: 'error',
    }),
  );
  try {
    const may = await permit(server, systemActor, 'network.view');
    const { rows } = await server.pool.query<{ n: number }>(
      `SELECT ((SELECT count(*) FROM plant.pole) + (SELECT count(*) FROM plant.box)
             + (SELECT count(*) FROM plant.cable) + (SELECT count(*) FROM plant.client))::int AS n`,
    );
    log(`${rows[0]?.n.toLocaleString('en')} elements`);
    const begun = performance.now();
    await readTile(server, may, readTilePlace('0', '0', '0'));
    log(
      `counting all of them: ${(performance.now() - begun).toFixed(0)} ms, kept until they change`,
    );
    for (const zoom of [6, 10, 12, 13, 14, 15, 16]) {
      const measured = await measure(await placesAt(server, zoom), (place) =>
        readTile(server, may, place),
      );
      log(`zoom ${zoom}: ${measured}`);
    }
  } finally {
    await server.close();
  }
}

/** Tiles with at least one pole, drawn by chance: those with many come more often, as people look at them. */
async function placesAt(server: Server, zoom: number): Promise<TilePlace[]> {
  const { rows } = await server.pool.query<{ lng: number; lat: number }>(
    'SELECT lng, lat FROM plant.pole ORDER BY md5(id::text) LIMIT $1',
    [TILES],
  );
  return rows.map(({ lng, lat }) => {
    const sine = Math.sin((lat * Math.PI) / 180);
    const x = Math.floor(((lng + 180) / 360) * 2 ** zoom);
    const y = Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 2 ** zoom);
    return readTilePlace(String(zoom), String(x), String(y));
  });
}

async function measure(
  places: readonly TilePlace[],
  read: (place: TilePlace) => Promise<Uint8Array>,
): Promise<string> {
  const times: number[] = [];
  const bytes: number[] = [];
  for (const place of places) {
    const begun = performance.now();
    const tile = await read(place);
    times.push(performance.now() - begun);
    bytes.push(tile.length);
  }
  const largest = Math.max(...bytes) / 1024;
  return `p95 ${percentile(times, 0.95).toFixed(1)} ms (at most ${LIMIT_MS}), median ${median(times).toFixed(1)} ms; the largest ${largest.toFixed(0)} KiB`;
}
