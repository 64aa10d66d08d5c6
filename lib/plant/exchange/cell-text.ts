/**
 * Tags in one cell: names with `; ` between them. A name that holds `;` or begins with `"` stands in double
 * quotes, with each `"` of it doubled.
 */
export function joinTags(names: readonly string[]): string {
  return names
    .map((name) => (/^"|;/.test(name) ? `"${name.replaceAll('"', '""')}"` : name))
    .join('; ');
}

/** What `joinTags` joined, or a person typed: names without blanks around them, and no empty ones. */
export function splitTags(cell: string): string[] {
  const names = [...cell.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*(?=;|$)|([^;]*))(?:;|$)/g)];
  return names
    .map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim())
    .filter((name) => name !== '');
}

/**
 * What makes a spreadsheet take a cell of a CSV file for a formula (OWASP, "CSV Injection"), their full-width forms
 * too. Apostrophes before it count, so that `guardCell` can be undone.
 */
const GUARDED = /^'*[=+\-@\t\r\n＝＋－＠]/;
const WAS_GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** The text of a CSV cell that no spreadsheet calculates: with an apostrophe before what looks like a formula. */
export function guardCell(text: string): string {
  return GUARDED.test(text) ? `'${text}` : text;
}

/** The text that `guardCell` guarded. */
export function unguardCell(cell: string): string {
  return WAS_GUARDED.test(cell) ? cell.slice(1) : cell;
}
