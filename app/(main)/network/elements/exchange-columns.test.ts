import { expect, test } from 'vitest';
import en from '#app/messages/en.json' with { type: 'json' };
import es from '#app/messages/es.json' with { type: 'json' };
import ptBR from '#app/messages/pt-BR.json' with { type: 'json' };
import { locales } from '#errors/locale.ts';
import { type ExchangeColumn, exchangeColumns } from '#plant/exchange/columns.ts';

const messages = { en, es, 'pt-BR': ptBR };
type Texts = Readonly<Record<string, string | undefined>>;
const groups: Readonly<Record<string, string>> = {
  licensingStatus: 'licensing',
  deploymentStatus: 'deployment',
  'box.type': 'boxType',
  'cable.type': 'cableType',
  status: 'clientStatus',
};
/** Columns that no form has under the same name. */
const apart = ['id', 'tags', 'path'];

const columns = Object.entries(exchangeColumns).flatMap(([kind, all]) =>
  all.filter(({ name }) => !apart.includes(name)).map((column) => ({ kind, column })),
);

test.each(locales)('files call fields and their values what the pages in %s do', (locale) => {
  const fields: Texts = messages[locale].network.fields;
  const options: Readonly<Record<string, Texts>> = messages[locale].network.options;
  for (const { kind, column } of columns) {
    expect(column.titles[locale]).toBe(fields[fieldOf(column)]);
    const group = groups[`${kind}.${column.name}`] ?? groups[column.name];
    for (const [word, titles] of Object.entries(column.words ?? {}))
      expect(titles[locale]).toBe(options[group ?? '']?.[word]);
  }
});

const fieldOf = ({ name, type }: ExchangeColumn) => (type === 'reference' ? `${name}Id` : name);
