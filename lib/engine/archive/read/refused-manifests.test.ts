import { describe, expect, test } from 'vitest';
import { sha256 } from '#testing/archives.ts';
import {
  archiveFrom,
  asJson,
  rawEntry,
  soundManifest,
  soundParts,
} from '#testing/forged-archives.ts';
import {
  type Case,
  FIRST_FILE,
  keys,
  LIST,
  refused,
  setUpServer,
  withManifest,
} from '#testing/refusals.ts';

setUpServer();

/** Rather of a later format. */
const TAKEN_OTHERWISE = new Set(['a huge number at /format']);

/** Every place of a JSON value, the value itself included. */
function paths(
  value: unknown,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const children = Array.isArray(value)
    ? value.slice(0, 1).map((v, i) => [i, v] as const)
    : Object.entries(value);
  return [path, ...children.flatMap(([key, child]) => paths(child, [...path, key]))];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

describe('a hostile manifest', () => {
  const manifest = soundManifest(keys);
  const raw =
    (change: (json: string) => string | Buffer): Case[1] =>
    () =>
      archiveFrom(soundParts(keys, Buffer.from(change(asJson(manifest).toString()))));
  const others: [string, unknown][] = [
    ['an object', {}],
    ['a list', [[]]],
    ['a huge number', 1e308],
  ];
  const wrongTypes = paths(manifest).flatMap((path) =>
    others
      .filter(([what]) => !TAKEN_OTHERWISE.has(`${what} at /${path.join('/')}`))
      .map(
        ([what, other]): Case => [
          `${what} at /${path.join('/')}`,
          () => archiveFrom(soundParts(keys, asJson(replaced(manifest, path, other)))),
        ],
      ),
  );
  const numeric = [
    'tables/0/rows',
    'tables/0/bytes',
    'files/count',
    'files/bytes',
    'files/list/bytes',
    'files/held/count',
    'files/held/bytes',
  ];
  const wrongNumbers = numeric.flatMap((path) =>
    [-1, 2 ** 53, 2 ** 53 - 1, '1', null].map(
      (value): Case => [
        `${JSON.stringify(value)} at /${path}`,
        () =>
          archiveFrom(
            soundParts(
              keys,
              asJson(
                replaced(
                  manifest,
                  path.split('/').map((p) => (p === '0' ? 0 : p)),
                  value,
                ),
              ),
            ),
          ),
      ],
    ),
  );
  refused('CONTENTS_DIFFER', [...wrongTypes, ...wrongNumbers]);
  refused('CONTENTS_DIFFER', [
    ['that is no JSON', raw(() => '{')],
    ['that is a word', raw(() => 'null\n')],
    ['with __proto__', raw((json) => json.replace('{', '{\n  "__proto__": {"format": 1},'))],
    [
      'with __proto__ deeper',
      raw((json) =>
        json.replace('"author": {', '"author": {\n      "__proto__": {"polluted": true},'),
      ),
    ],
    [
      'with a constructor',
      raw((json) => json.replace('{', '{\n  "constructor": {"prototype": {"polluted": true}},')),
    ],
    ['with a field more', raw((json) => json.replace('{', '{\n  "more": 1,'))],
    ['with a field twice', raw((json) => json.replace('{', '{\n  "format": 1,'))],
    ['with fields in another order', withManifest(({ format, ...rest }) => ({ ...rest, format }))],
    ['without blanks', raw((json) => JSON.stringify(JSON.parse(json)))],
    ['with blanks behind it', raw((json) => `${json}  `)],
    ['with a byte order mark', raw((json) => `\ufeff${json}`)],
    [
      'with bytes that are no UTF-8',
      raw((json) =>
        Buffer.concat([
          Buffer.from(json.replace('Ana', '\x00'), 'latin1').map((b) => (b === 0 ? 0xff : b)),
        ]),
      ),
    ],
    [
      'with 100,000 lists in lists',
      raw((json) =>
        json.replace('"comment": ""', `"comment": ${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      ),
    ],
    ['of nothing but lists in lists', raw(() => '['.repeat(1_000_000))],
    [
      'with 100,000 objects in objects',
      raw((json) =>
        json.replace(
          '"comment": ""',
          `"comment": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
        ),
      ),
    ],
    [
      'with a number of 1,000 digits',
      raw((json) => json.replace('"rows": 3', `"rows": ${'9'.repeat(1000)}`)),
    ],
    ['with a number in another spelling', raw((json) => json.replace('"rows": 3', '"rows": 3.0'))],
    [
      'of 17 MiB',
      raw((json) => json.replace('"comment": ""', `"comment": "${'x'.repeat(17 * 1024 * 1024)}"`)),
    ],
    ['with a table twice', withManifest((m) => ({ ...m, tables: [m.tables[0], m.tables[0]] }))],
    [
      'with a table in another entry',
      withManifest((m) => ({
        ...m,
        tables: m.tables.map((t) => ({ ...t, entry: '../../etc/passwd' })),
      })),
    ],
    [
      'with two tables in one entry',
      withManifest((m) => ({
        ...m,
        tables: m.tables.map((t) => ({ ...t, entry: 'tables/pole.copy' })),
      })),
    ],
    ['without tables', withManifest((m) => ({ ...m, tables: [] }))],
    [
      'that holds more files than there are',
      withManifest((m) => ({ ...m, files: { ...m.files, held: { ...m.files.held, count: 9 } } })),
    ],
    [
      'that has files and says it has none',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, includesFiles: false } })),
    ],
    [
      'with another digest of the files',
      withManifest((m) => ({ ...m, files: { ...m.files, digest: sha256('') } })),
    ],
    [
      'of no time',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, createdAt: 'yesterday' } })),
    ],
    [
      'of a time before 1970',
      withManifest((m) => ({
        ...m,
        metadata: { ...m.metadata, createdAt: '1969-12-31T00:00:00.000Z' },
      })),
    ],
    ...(
      [
        ['of a time in another spelling', { createdAt: 'Sun Nov 22 2026 05:00:00 GMT' }],
        ['of a night that is no time', { scheduledFor: 'tonight' }],
        ['with a name that holds a character 0', { name: 'Before\0the storm' }],
        ['with half a character in its comment', { comment: 'a \ud83d b' }],
        ['of a server with a name', { author: { kind: 'SERVER', id: null, name: 'Ana' } }],
        [
          'of a command line with an id',
          { author: { kind: 'COMMAND_LINE', id: 'x', name: 'root' } },
        ],
        ['of an author of no kind', { author: { kind: 'ROBOT', id: null, name: 'R2' } }],
        [
          'with a name given for no reason',
          { givenName: { kind: 'BEFORE_LUNCH', of: [], at: null, backupName: 'Monday' } },
        ],
        [
          'with a character 0 in a given name',
          { givenName: { kind: 'BEFORE_UNDO', of: [], at: null, backupName: '\0' } },
        ],
        ['of an author with a character 0', { author: { kind: 'PERSON', id: null, name: '\0' } }],
      ] as const
    ).map(
      ([what, change]): Case => [
        what,
        withManifest((m) => ({ ...m, metadata: { ...m.metadata, ...change } })),
      ],
    ),
    [
      'with a column whose name holds a character 0',
      withManifest((m) => ({ ...m, tables: m.tables.map((t) => ({ ...t, columns: ['a\0'] })) })),
    ],
    [
      'without files and with more of them than can be counted',
      () => {
        const { metadata, files } = manifest;
        const none = { list: { bytes: 0, sha256: sha256('') }, held: { count: 0, bytes: 0 } };
        const json = asJson({
          ...manifest,
          metadata: { ...metadata, includesFiles: false },
          files: { ...files, ...none, count: 2 ** 31 },
        });
        const parts = soundParts(keys, json);
        const entries = parts.entries.slice(0, FIRST_FILE);
        entries[LIST] = rawEntry('files.ndjson', '');
        return archiveFrom({ ...parts, entries });
      },
    ],
    [
      'of a kind that there is not',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, kind: 'ROOT' } })),
    ],
    [
      'with an id that is a path',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, backupId: '../../etc' } })),
    ],
    ['of format 0', withManifest((m) => ({ ...m, format: 0 }))],
    ['of format "1"', withManifest((m) => ({ ...m, format: '1' }))],
  ]);

  test('leaves no trace on objects', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
