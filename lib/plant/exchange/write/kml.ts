import type { Locale } from '#errors/locale.ts';
import { type ExchangeKind, exchangeColumns, type Titles } from '../columns.ts';
import {
  type ExchangeElement,
  type ExchangeSource,
  geometryColumns,
  geometryOf,
  type Position,
} from '../element.ts';
import { kindTitles } from '../kind-titles.ts';
import { byProject } from './by-project.ts';
import { cellsOf } from './cells.ts';
import { decimal } from './numbers.ts';
import { XML_HEAD, xmlText } from './xml.ts';

const documentTitle: Titles = { en: 'Network', 'pt-BR': 'Rede', es: 'Red' };
const inNone: Titles = { en: 'No project', 'pt-BR': 'Sem projeto', es: 'Sin proyecto' };

/** Colors of each kind as KML has them: aabbggrr. */
const colors: Readonly<Record<ExchangeKind, string>> = {
  project: 'ffffffff',
  pole: 'ff8b7464',
  box: 'ff0677d9',
  cable: 'ffeb6325',
  client: 'ff4aa316',
};
const ICON = 'http://maps.google.com/mapfiles/kml/shapes/placemark_circle.png';

/**
 * A document of OGC KML 2.2: a folder for each project, in it one for each kind, and one for what is in no project.
 * Fields are ExtendedData under the columns' names, shown under their titles, with words in the language.
 */
export async function* writeKml(
  source: ExchangeSource,
  locale: Locale,
): AsyncGenerator<string, void> {
  yield `${XML_HEAD}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>`;
  yield `<name>${documentTitle[locale]}</name>\n${source.kinds.map(styleOf).join('\n')}\n`;
  for await (const { id, elements } of byProject(source)) {
    yield '<Folder>';
    yield* folderOf(id, elements, locale);
    yield '</Folder>\n';
  }
  yield '</Document></kml>\n';
}

async function* folderOf(
  id: string | null,
  elements: AsyncIterable<ExchangeElement>,
  locale: Locale,
): AsyncGenerator<string, void> {
  let open: ExchangeKind | null = null;
  let isNamed = false;
  for await (const element of elements) {
    const { kind, values } = element;
    if (!isNamed) {
      const name = kind === 'project' ? values.name : values.project;
      yield `<name>${xmlText(id === null ? inNone[locale] : String(name))}</name>\n`;
      isNamed = true;
    }
    if (kind === 'project') {
      yield dataOf(element, locale);
      continue;
    }
    if (kind !== open) {
      yield `${open ? '</Folder>\n' : ''}<Folder><name>${kindTitles[kind][locale]}</name>\n`;
      open = kind;
    }
    yield placemarkOf(element, locale);
  }
  if (open) yield '</Folder>\n';
}

function styleOf(kind: ExchangeKind): string {
  const color = `<color>${colors[kind]}</color>`;
  return `<Style id="${kind}"><IconStyle>${color}<scale>0.6</scale><Icon><href>${ICON}</href></Icon></IconStyle><LabelStyle><scale>0.7</scale></LabelStyle><LineStyle>${color}<width>2.5</width></LineStyle></Style>`;
}

function placemarkOf(element: ExchangeElement, locale: Locale): string {
  const name = xmlText(String(element.values.name));
  return `<Placemark><name>${name}</name><styleUrl>#${element.kind}</styleUrl>${dataOf(element, locale)}${placeOf(element)}</Placemark>\n`;
}

function dataOf(element: ExchangeElement, locale: Locale): string {
  const cells = cellsOf(element, locale);
  const data = exchangeColumns[element.kind].map(({ name, titles }, at) => {
    const cell = cells[at];
    if (cell === null || cell === undefined || geometryColumns.includes(name)) return '';
    const value = typeof cell === 'number' ? decimal(cell) : xmlText(cell);
    return `<Data name="${name}"><displayName>${xmlText(titles[locale])}</displayName><value>${value}</value></Data>`;
  });
  return `<ExtendedData><Data name="kind"><value>${element.kind}</value></Data>${data.join('')}</ExtendedData>`;
}

function placeOf(element: ExchangeElement): string {
  const place = geometryOf(element);
  if (place === null) return '';
  if (place.type === 'Point')
    return `<Point><coordinates>${pairOf(place.coordinates)}</coordinates></Point>`;
  const pairs = place.coordinates.map(pairOf).join(' ');
  return `<LineString><tessellate>1</tessellate><coordinates>${pairs}</coordinates></LineString>`;
}

const pairOf = ([lng, lat]: Position) => `${decimal(lng)},${decimal(lat)}`;
