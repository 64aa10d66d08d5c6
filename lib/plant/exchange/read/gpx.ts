import { open } from 'node:fs/promises';
import { decodeText } from './decode-text.ts';
import {
  type Feature,
  featureTooLarge,
  MOST_POSITIONS_READ,
  type Position,
  type Shape,
} from './feature.ts';
import { openXml, plainText, type XmlHandler } from './xml.ts';

/** A GPX file (1.0, 1.1): waypoints as points, routes and tracks as lines. */
export async function* readGpx(path: string): AsyncIterable<Feature> {
  await using file = await open(path);
  const tracks = new Tracks();
  const xml = openXml(tracks);
  for await (const text of decodeText(file)) {
    xml.write(text);
    yield* tracks.take();
  }
  xml.end();
  yield* tracks.take();
}

const WHOLE = new Set(['wpt', 'rte', 'trk']);
const TEXTS = new Set(['name', 'desc', 'cmt', 'type', 'number']);

class Tracks implements XmlHandler {
  readonly #within: string[] = [];
  #values: Record<string, string> = {};
  #path: Position[] = [];
  #count = 0;
  #ready: Feature[] = [];

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#within.push(name);
    if (WHOLE.has(name)) {
      this.#values = {};
      this.#path = [];
    }
    if (name !== 'wpt' && name !== 'rtept' && name !== 'trkpt') return;
    this.#path.push([Number(attributes.lon ?? Number.NaN), Number(attributes.lat ?? Number.NaN)]);
    if (this.#path.length > MOST_POSITIONS_READ) throw featureTooLarge(this.#count + 1);
  }

  close(name: string, text: string): void {
    this.#within.pop();
    const parent = this.#within.at(-1) ?? '';
    if (WHOLE.has(parent) && TEXTS.has(name) && text !== '') this.#values[name] = plainText(text);
    if (WHOLE.has(name)) this.#end(name);
  }

  *take(): Iterable<Feature> {
    const ready = this.#ready;
    this.#ready = [];
    yield* ready;
  }

  #end(name: string): void {
    this.#count += 1;
    const shape = shapeOf(name, this.#path);
    if (shape) this.#ready.push({ group: '', place: this.#count, values: this.#values, shape });
  }
}

function shapeOf(name: string, positions: readonly Position[]): Shape | null {
  const path = positions.filter(([lng, lat]) => Number.isFinite(lng) && Number.isFinite(lat));
  const [at] = path;
  if (name === 'wpt') return at ? { kind: 'POINT', at } : null;
  return path.length > 1 ? { kind: 'LINE', path } : null;
}
