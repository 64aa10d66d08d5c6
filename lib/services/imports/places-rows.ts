import type pg from 'pg';

/** A network is hardly wider than this. */
const NEAR_DEGREES = 5;

/** Tells whether a place is near the network of now; null where there is none. */
export async function placesOfNow(
  pool: pg.Pool,
): Promise<((lat: number, lng: number) => boolean) | null> {
  const { rows } = await pool.query<{ lat: number | null; lng: number | null }>(
    `SELECT avg(lat) AS lat, avg(lng) AS lng FROM (SELECT lat, lng FROM plant.pole LIMIT 1000) p`,
  );
  const { lat, lng } = rows[0] ?? { lat: null, lng: null };
  if (lat === null || lng === null) return null;
  return (north, east) =>
    Math.abs(north - lat) < NEAR_DEGREES && Math.abs(east - lng) < NEAR_DEGREES;
}
