import type { Geometry, Position } from '../element.ts';

/** WGS 84 in the table of reference systems. */
export const SRS_ID = 4326;

const LITTLE_ENDIAN = 1;
const WKB_POINT = 1;
const WKB_LINE_STRING = 2;
/** Magic, version, flags, SRS: OGC 12-128r18, clause 2.1.3. */
const HEADER_BYTES = 8;
const POSITION_BYTES = 16;

/** The geometry as a GeoPackage has it: a header without an envelope, then WKB (OGC 06-103r4, clause 8). */
export function geometryBlob(geometry: Geometry): Buffer {
  const isPoint = geometry.type === 'Point';
  const positions: readonly Position[] = isPoint ? [geometry.coordinates] : geometry.coordinates;
  const wkbBytes = (isPoint ? 5 : 9) + positions.length * POSITION_BYTES;
  const blob = Buffer.alloc(HEADER_BYTES + wkbBytes);
  blob.write('GP', 0, 'latin1');
  blob.writeUInt8(LITTLE_ENDIAN, 3);
  blob.writeInt32LE(SRS_ID, 4);
  blob.writeUInt8(LITTLE_ENDIAN, HEADER_BYTES);
  blob.writeUInt32LE(isPoint ? WKB_POINT : WKB_LINE_STRING, HEADER_BYTES + 1);
  if (!isPoint) blob.writeUInt32LE(positions.length, HEADER_BYTES + 5);
  positions.forEach(([lng, lat], at) => {
    const place = blob.length - (positions.length - at) * POSITION_BYTES;
    blob.writeDoubleLE(lng, place);
    blob.writeDoubleLE(lat, place + 8);
  });
  return blob;
}
