-- The map reads what lies in a tile. Places are points of longitude and latitude, WGS 84.
CREATE INDEX "pole_place_idx" ON "pole" USING gist (point("lng", "lat"));
CREATE INDEX "box_place_idx" ON "box" USING gist (point("lng", "lat"));
CREATE INDEX "client_place_idx" ON "client" USING gist (point("lng", "lat"));

-- Where a cable may run, from the ends of its path and its length, in degrees: no position is further from the box of
-- the ends than half of the length. Reading every position takes three times as long, in every restore too.
-- Without a length: within 3 km. Null where an end is no place on earth. Whatever the JSON holds, it throws nothing.
CREATE FUNCTION "cable_reach"("path" JSONB, "meters" DOUBLE PRECISION) RETURNS BOX
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  a jsonb := path -> 0;
  b jsonb := path -> -1;
  x1 numeric; y1 numeric; x2 numeric; y2 numeric;
  up float8 := 0;
  aside float8;
BEGIN
  IF (jsonb_typeof(a -> 0) = 'number' AND jsonb_typeof(a -> 1) = 'number'
      AND jsonb_typeof(b -> 0) = 'number' AND jsonb_typeof(b -> 1) = 'number') IS NOT TRUE THEN RETURN NULL; END IF;
  x1 := a -> 0; y1 := a -> 1; x2 := b -> 0; y2 := b -> 1;
  IF abs(x1) > 180 OR abs(x2) > 180 OR abs(y1) > 90 OR abs(y2) > 90 THEN RETURN NULL; END IF;
  IF jsonb_array_length(path) > 2 THEN
    up := CASE WHEN meters > 0 THEN least(meters, 4e7) / 2 ELSE 3000 END / 111000;
  END IF;
  aside := up / greatest(cos(radians(greatest(abs(y1), abs(y2))::float8)), 0.02);
  RETURN box(point(round(least(x1, x2), 7)::float8 - aside, round(least(y1, y2), 7)::float8 - up),
             point(round(greatest(x1, x2), 7)::float8 + aside, round(greatest(y1, y2), 7)::float8 + up));
END $$;

CREATE INDEX "cable_place_idx" ON "cable" USING gist ("cable_reach"("path", "length_meters"));
