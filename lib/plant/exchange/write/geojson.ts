import { type ExchangeKind, exchangeColumns } from '../columns.ts';
import {
  type ExchangeElement,
  type ExchangeSource,
  geometryColumns,
  geometryOf,
} from '../element.ts';

/**
 * A FeatureCollection (RFC 7946), one feature a line. Properties have the columns' names, words as the API has them;
 * `kind` says what it is. What has no place has a null geometry.
 */
export async function* writeGeoJson(source: ExchangeSource): AsyncGenerator<string, void> {
  let before = '{"type":"FeatureCollection","features":[\n';
  for (const kind of source.kinds)
    for await (const element of source.elements(kind)) {
      yield `${before}${JSON.stringify(featureOf(element))}`;
      before = ',\n';
    }
  yield `${before.startsWith('{') ? before : '\n'}]}\n`;
}

function featureOf(element: ExchangeElement) {
  const { kind, values } = element;
  return {
    type: 'Feature',
    id: values.id,
    geometry: geometryOf(element),
    properties: { kind, ...propertiesOf(kind, values) },
  };
}

function propertiesOf(kind: ExchangeKind, values: ExchangeElement['values']) {
  const shown = exchangeColumns[kind].filter(({ name }) => !geometryColumns.includes(name));
  return Object.fromEntries(shown.map(({ name }) => [name, values[name] ?? null]));
}
