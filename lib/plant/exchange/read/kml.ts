import { open } from 'node:fs/promises';
import { decodeText } from './decode-text.ts';
import {
  type Feature,
  featureTooLarge,
  GROUP_SEPARATOR,
  MOST_COLUMNS,
  MOST_POSITIONS_READ,
  type Position,
  type Shape,
  tooManyColumns,
} from './feature.ts';
import { openXml, plainText, type XmlHandler } from './xml.ts';

/** A KML file (OGC 12-007r2): placemarks with their folders, data and shapes. */
export async function* readKml(path: string): AsyncIterable<Feature> {
  await using file = await open(path);
  yield* readKmlText(decodeText(file));
}

export async function* readKmlText(texts: AsyncIterable<string>): AsyncIterable<Feature> {
  const placemarks = new Placemarks();
  const xml = openXml(placemarks);
  for await (const text of texts) {
    xml.write(text);
    yield* placemarks.take();
  }
  xml.end();
  yield* placemarks.take();
}

/** Collects placemarks as their tags close. */
class Placemarks implements XmlHandler {
  readonly #folders: string[] = [];
  readonly #within: string[] = [];
  #values: Record<string, string> | null = null;
  #shapes: Shape[] = [];
  #data = '';
  #count = 0;
  #ready: Feature[] = [];

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#within.push(name);
    if (name === 'Folder') this.#folders.push('');
    if (name === 'Placemark') {
      this.#values = {};
      this.#shapes = [];
    }
    if (name === 'Data' || name === 'SimpleData') this.#data = attributes.name ?? '';
  }

  close(name: string, text: string): void {
    this.#within.pop();
    const parent = this.#within.at(-1);
    if (name === 'Folder') this.#folders.pop();
    else if (name === 'Placemark') this.#end();
    else if (name === 'name' && parent === 'Folder')
      this.#folders[this.#folders.length - 1] = plainText(text);
    else if (this.#values) this.#part(name, parent, text);
  }

  *take(): Iterable<Feature> {
    const ready = this.#ready;
    this.#ready = [];
    yield* ready;
  }

  #part(name: string, parent: string | undefined, text: string): void {
    if (parent === 'Placemark' && (name === 'name' || name === 'description' || name === 'address'))
      this.#set(name, plainText(text));
    else if (name === 'SimpleData' || (name === 'value' && parent === 'Data'))
      this.#set(this.#data, text);
    else if (name === 'coordinates') this.#shape(parent, text);
  }

  #set(name: string, text: string): void {
    if (!this.#values || name === '' || text === '' || name in this.#values) return;
    if (Object.keys(this.#values).length >= MOST_COLUMNS) throw tooManyColumns();
    this.#values[name] = text;
  }

  #shape(parent: string | undefined, text: string): void {
    const path = positionsOf(text);
    const [first] = path;
    if (path.length > MOST_POSITIONS_READ) throw featureTooLarge(this.#count + 1);
    if (parent === 'Point' && first) this.#shapes.push({ kind: 'POINT', at: first });
    if (parent === 'LineString' && path.length > 1) this.#shapes.push({ kind: 'LINE', path });
  }

  /** Of a placemark with several shapes the first one counts. */
  #end(): void {
    const [shape] = this.#shapes;
    const values = this.#values ?? {};
    this.#values = null;
    this.#count += 1;
    const group = this.#folders.filter((folder) => folder !== '').join(GROUP_SEPARATOR);
    if (shape) this.#ready.push({ group, place: this.#count, values, shape });
  }
}

/** `lng,lat,height lng,lat,height …` */
function positionsOf(text: string): Position[] {
  return text
    .split(/\s+/)
    .map((tuple) => tuple.split(',').map(Number))
    .filter(([lng, lat]) => Number.isFinite(lng) && Number.isFinite(lat))
    .map(([lng = 0, lat = 0]) => [lng, lat]);
}
