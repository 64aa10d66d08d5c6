import { titleMeaning } from '#plant/exchange/column-words.ts';
import type { FileColumn } from '#plant/exchange/matching.ts';
import { parseNumber, parsePair } from '#plant/exchange/parse-value.ts';
import { type Feature, MOST_COLUMNS, tooManyColumns } from '#plant/exchange/read/feature.ts';

const MOST_SAMPLES = 20;
const MOST_SAMPLE_CHARACTERS = 80;
/** Enough to tell where a network is. */
const MOST_PLACES = 1_000;

/** Notes of what a file is made of, while it is read. */
export class ShapeNotes {
  readonly #columns = new Map<string, { meaning: string | null; samples: Set<string> }>();
  #places = 0;
  #lat = 0;
  #lng = 0;
  count = 0;

  add({ values, shape }: Feature): void {
    this.count += 1;
    const place: { lat?: number | null; lng?: number | null } = {};
    for (const [name, text] of Object.entries(values)) {
      const column = this.#columnOf(name);
      if (column.samples.size < MOST_SAMPLES)
        column.samples.add(text.slice(0, MOST_SAMPLE_CHARACTERS));
      if (this.#places >= MOST_PLACES) continue;
      if (column.meaning === 'lat' || column.meaning === 'lng')
        place[column.meaning] = parseNumber(text);
      if (column.meaning === '@pair') [place.lat, place.lng] = parsePair(text) ?? [];
    }
    if (shape) [place.lng, place.lat] = shape.kind === 'POINT' ? shape.at : (shape.path[0] ?? []);
    if (place.lat != null && place.lng != null) this.#note(place.lat, place.lng);
  }

  get columns(): readonly FileColumn[] {
    return [...this.#columns].map(([name, { samples }]) => ({ name, samples: [...samples] }));
  }

  get middle(): { lat: number; lng: number } | null {
    if (this.#places === 0) return null;
    return { lat: this.#lat / this.#places, lng: this.#lng / this.#places };
  }

  #columnOf(name: string) {
    const known = this.#columns.get(name);
    if (known) return known;
    if (this.#columns.size >= MOST_COLUMNS) throw tooManyColumns();
    const column = { meaning: titleMeaning(name), samples: new Set<string>() };
    this.#columns.set(name, column);
    return column;
  }

  #note(lat: number, lng: number): void {
    if (this.#places >= MOST_PLACES) return;
    this.#places += 1;
    this.#lat += lat;
    this.#lng += lng;
  }
}
