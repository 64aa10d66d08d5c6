import { expect, test } from 'vitest';
import { type FileColumn, suggestKindColumn, suggestMatching } from './matching.ts';

const column = (name: string, ...samples: string[]): FileColumn => ({ name, samples });

/** What a table of one group is taken for: its kind, and the column that tells kinds apart. */
function taken(columns: readonly FileColumn[], fileName = 'rede.csv') {
  const kindColumn = suggestKindColumn(columns);
  const group = { shape: 'NONE', count: 9, samples: ['A 1'] } as const;
  const names = kindColumn
    ? (columns.find(({ name }) => name === kindColumn)?.samples ?? [])
    : [''];
  const groups = names.map((name) => ({ ...group, name }));
  const matching = suggestMatching({ columns, groups, middle: null }, kindColumn, fileName, null);
  return { kindColumn, kinds: matching.groups.map(({ kind }) => kind) };
}

test.each([
  ['kinds', [column('Tipo', 'Poste', 'CTO')], 'Tipo', ['pole', 'box']],
  ['one kind in every row', [column('tipo', 'poste')], 'tipo', ['pole']],
  ['types of boxes', [column('Tipo', 'CTO', 'CEO')], null, ['box']],
  ['types of cables', [column('Tipo', 'Backbone', 'Distribuição', 'Drop')], null, ['cable']],
  [
    'a type that boxes and cables have, of cables',
    [column('Tipo', 'Distribuição'), column('Número de fibras', '12')],
    null,
    ['cable'],
  ],
  ['materials of poles', [column('Tipo', 'Concreto', 'Madeira')], null, [null]],
  ['nothing', [column('Nome', 'A 1')], null, [null]],
] as const)('a column of types tells %s', (_what, columns, kindColumn, kinds) => {
  expect(taken(columns)).toEqual({ kindColumn, kinds });
});

test('the name of a file tells what nothing else does', () => {
  expect(taken([column('Nome', 'A 1')], 'postes.csv').kinds).toEqual(['pole']);
});
