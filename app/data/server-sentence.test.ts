import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  altered,
  formatNewer,
  larger,
  madeByOtherServer,
  notAnArchive,
  truncated,
} from '../../lib/engine/archive/refusals.ts';
import { errorStatus } from '../../lib/errors/index.ts';
import { catalogues } from '../i18n/catalogues.ts';
import { namesIn, sentenceKey } from './server-sentence.ts';

const theirs = '0b2f6a5e-93c4-4f53-9d0a-1f2e3d4c5b6a';
const ours = 'f00dfeed-0000-4000-8000-00000000beef';

describe('namesIn', () => {
  it('finds both servers in the refusal of a foreign archive, theirs first', () => {
    const { message } = madeByOtherServer(theirs, ours);
    expect(namesIn(message)).toMatchObject({ first: theirs, second: ours, name: '?' });
  });

  it('finds the name in quotes, with quotes and line breaks of its own', () => {
    const { name } = namesIn('This backup is here already: it is “the “big”\none”.');
    expect(name).toBe('the “big”\none');
  });

  it('finds a number, but not those of names and ids', () => {
    expect(namesIn(`12 people have the role “Team 7” of ${ours}.`).n).toBe(12);
    expect(namesIn(`“Team 7” of ${ours}.`).n).toBe(0);
  });

  it('finds a second number', () => {
    const { message } = truncated('it has 700 of its 1388 bytes');
    expect(namesIn(message)).toMatchObject({ n: 700, m: 1388 });
  });

  it('answers question marks where nothing is named', () => {
    expect(namesIn('Cut short.')).toEqual({ first: '?', second: '?', name: '?', n: 0, m: 0 });
  });
});

describe('sentenceKey', () => {
  it.each([
    ['Reload the page.', 'reload_the_page'],
    ['12 people have the role “Team 7”.', 'people_have_the_role'],
    [`Look for ${ours} in the server's log.`, 'look_for_in_the_server_s_log'],
    ['', ''],
  ])('of %j is %j', (sentence, key) => {
    expect(sentenceKey(sentence)).toBe(key);
  });
});

const lib = path.join(import.meta.dirname, '../../lib');
/** They end a start or a command on the terminal, and never reach a page. */
const terminal = ['DATA_DIR_UNUSABLE', 'DATABASE_UNSUITABLE', 'PORT_IN_USE'];
const terminalToo = ['CONFIGURATION_INVALID', 'ALREADY_RUNNING'];
/** No page asks so. */
const programs = ['METHOD_NOT_ALLOWED', 'PRECONDITION_FAILED', 'RANGE_NOT_SATISFIABLE'];
/** No page can send what is too complex; what others answered is shown as they said it. */
const asTheyAre = ['QUERY_TOO_COMPLEX', 'ADDRESS_REFUSED', 'DELIVERY_FAILED'];
/** Ends in a list; the window that deletes shows it before, and the code says the rest. */
const listing = 'The  “” still has .';

describe('what the server says of a failure', () => {
  const { problems, sentences } = catalogues.en;

  it('has a translation by its code, unless no page shows it', () => {
    const others = [...terminal, ...terminalToo, ...programs, ...asTheyAre];
    const missing = Object.keys(errorStatus).filter((code) => !Object.hasOwn(problems, code));
    expect(missing.sort()).toEqual(others.sort());
  });

  it('has one for each sentence of a conflict, whose code alone says too little', async () => {
    const found = await sentencesOf('CONFLICT');
    expect(found.length).toBeGreaterThan(40);
    const missing = found.filter((sentence) => !Object.hasOwn(sentences, sentenceKey(sentence)));
    expect(missing).toEqual([listing]);
  });
});

/** All but what only the holder of the server's key could have made wrong. */
const refusals = { altered, formatNewer, larger, notAnArchive, truncated } as const;

describe('why an archive is refused', () => {
  it('has a translation, whatever the check finds', async () => {
    const found = await foundByChecks();
    expect(found.length).toBeGreaterThan(20);
    const known = Object.keys(catalogues.en.refusals);
    expect(known.sort()).toEqual([...new Set(found.map(sentenceKey))].sort());
  });
});

/** The messages of all refusals in the engine, each as it is thrown. */
async function foundByChecks(): Promise<string[]> {
  const folder = path.join(lib, 'engine/archive');
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'refusals.ts',
  );
  const sources = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  const text = /'[^'\n]*'|"[^"\n]*"|`[^`]*`/.source;
  const call = new RegExp(
    `(${Object.keys(refusals).join('|')})\\(\\s*(?:[^'"\`()]*\\? )?(${text})(?:\\s*:\\s*(${text}))?,?\\s*\\)`,
    'g',
  );
  return sources.flatMap((source) =>
    [...source.matchAll(call)].flatMap(([, name, ...whys]) =>
      whys
        .filter((why) => why !== undefined)
        .map((why) => why.slice(1, -1).replaceAll(/\$\{[^{}]*\}/g, ''))
        .map((why) => refusals[name as keyof typeof refusals](why).message),
    ),
  );
}

/** Messages and hints that are written out with a code in the services, the engine, the planes. */
async function sentencesOf(code: string): Promise<string[]> {
  const files = (await readdir(lib, { recursive: true })).filter(
    (file) => /^(services|engine|plant|vault)\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'),
  );
  const sources = await Promise.all(files.map((file) => readFile(path.join(lib, file), 'utf8')));
  return sources.flatMap((source) =>
    [...source.matchAll(new RegExp(`new RewindError\\(\\s*'${code}',(.*?)\\);\\n`, 'gs'))].flatMap(
      (match) => written(match[1] ?? ''),
    ),
  );
}

/** The texts in quotes, a word that is put in left out; one that is nothing but what is put in is no text. */
function written(code: string): string[] {
  const texts = [...code.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map(
    (match) => match[1] ?? (match[2] ?? '').replaceAll(/\$\{[^{}]*\}/g, ''),
  );
  return texts.filter((text) => /^[A-Z0-9 ].* .*\.$/s.test(text.trim()));
}
