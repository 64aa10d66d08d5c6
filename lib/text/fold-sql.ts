import { IGNORED, PLAIN } from './fold.ts';

/** The version of Unicode whose tables the migrations hold. Node.js and PostgreSQL may know a later or earlier one. */
export const UNICODE = '17.0';

const LAST = 0x10ffff;

/**
 * The SQL of `fold_name(text)`, which answers what `foldName` answers. It is a function of ours because every
 * PostgreSQL has it: collations and extensions differ between servers. Its result is in indexes, so a change of it
 * is a migration that replaces it and reindexes.
 */
export function foldSql(): string {
  const [common, rare] = letters();
  const long = Object.entries(PLAIN).filter(([, plain]) => plain.length > 1);
  return `CREATE FUNCTION "fold_name"("name" TEXT) RETURNS TEXT
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  -- Most names end here: the rest costs four times as much.
  IF name !~ '[^ -~]|  |^ | $' THEN RETURN lower(name COLLATE "C"); END IF;
  name := regexp_replace(normalize(name, NFKD), '[${rangesOf((char) => IGNORED.test(char))}]+', '', 'g');
  name := btrim(regexp_replace(lower(name COLLATE "C"), '[${rangesOf((char) => /\p{White_Space}/u.test(char))}]+', ' ', 'g'));
  IF name !~ '[^ -~]' THEN RETURN name; END IF;
  name := translate(name, '${common.from}', '${common.to}');
  IF name ~ '[${rangesOf((char) => rare.from.includes(char))}]' THEN
    name := translate(name, '${rare.from}', '${rare.to}');
  END IF;
  RETURN ${long.reduce((sql, [letter, plain]) => `replace(${sql}, '${letter}', '${plain}')`, 'name')};
END $$;`;
}

interface Letters {
  readonly from: string;
  readonly to: string;
}

/** What `translate` replaces, one character by one: it walks through its list for each character, so rare ones are apart. */
function letters(): [common: Letters, rare: Letters] {
  const common = { from: '', to: '' };
  const rare = { from: '', to: '' };
  for (let code = 0x80; code <= LAST; code++) {
    const char = charOf(code);
    if (char === null || char.normalize('NFKD') !== char || IGNORED.test(char)) continue;
    const lower = char.toLowerCase();
    const plain = PLAIN[lower] ?? lower;
    const to = plain.length > 1 && [...plain].length > 1 ? lower : plain;
    if (to === char) continue;
    const list = isCommon(char) ? common : rare;
    list.from += char;
    list.to += to === "'" ? "''" : to;
  }
  return [common, rare];
}

function isCommon(char: string): boolean {
  return PLAIN[char.toLowerCase()] !== undefined || /[Α-ΩА-ЯЁІЇЄҐЂЅЈЉЊЋЏ]/u.test(char);
}

/** The code points that `test` takes, as ranges of a bracket expression of PostgreSQL, in ASCII. */
function rangesOf(test: (char: string) => boolean): string {
  let ranges = '';
  for (let code = 0; code <= LAST; code++) {
    if (!holds(test, code)) continue;
    const first = code;
    while (holds(test, code + 1)) code++;
    ranges += first === code ? escaped(first) : `${escaped(first)}-${escaped(code)}`;
  }
  return ranges;
}

function holds(test: (char: string) => boolean, code: number): boolean {
  const char = charOf(code);
  // PostgreSQL keeps no NUL.
  return code > 0 && char !== null && test(char);
}

/** Null for surrogates and beyond the last code point. */
function charOf(code: number): string | null {
  return code > LAST || (code >= 0xd800 && code <= 0xdfff) ? null : String.fromCodePoint(code);
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
