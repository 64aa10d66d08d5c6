import type { Locale } from '#errors/locale.ts';
import { type ExchangeKind, exchangeColumns } from '../columns.ts';
import type { ExchangeSource } from '../element.ts';
import { kindTitles } from '../kind-titles.ts';
import { cellsOf, titlesOf } from './cells.ts';
import { inPieces } from './pieces.ts';
import { XML_HEAD, xmlText } from './xml.ts';
import { writeZip, type ZipEntry } from './zip.ts';

/** Excel's limit of a cell. A longer path goes on in the next cells of its row: it is the last column. */
export const MOST_CELL_CHARACTERS = 32_767;

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/**
 * A workbook (ECMA-376, transitional) with a sheet for each kind, its titles in bold above. Texts are cells of type
 * text, so nothing is a formula. It is written here because the libraries that are kept hold whole sheets in memory.
 */
export function writeXlsx(source: ExchangeSource, locale: Locale): AsyncIterable<Uint8Array> {
  const { kinds } = source;
  const sheets = kinds.map((kind, at) => ({
    name: sheetPath(at),
    open: () => inPieces(sheetOf(source, kind, locale)),
  }));
  return writeZip([
    part('[Content_Types].xml', contentTypes(kinds.length)),
    part('_rels/.rels', relationships([['officeDocument', 'xl/workbook.xml']])),
    part('xl/workbook.xml', workbook(kinds, locale)),
    part('xl/_rels/workbook.xml.rels', workbookRelationships(kinds.length)),
    part('xl/styles.xml', STYLES),
    ...sheets,
  ]);
}

const sheetPath = (at: number) => `xl/worksheets/sheet${at + 1}.xml`;

function part(name: string, xml: string): ZipEntry {
  return {
    name,
    async *open() {
      yield Buffer.from(XML_HEAD + xml);
    },
  };
}

function contentTypes(sheets: number): string {
  const parts = [
    ['/xl/workbook.xml', 'sheet.main'],
    ['/xl/styles.xml', 'styles'],
    ...Array.from({ length: sheets }, (_, at) => [`/${sheetPath(at)}`, 'worksheet']),
  ];
  const overrides = parts.map(
    ([name, type]) => `<Override PartName="${name}" ContentType="${TYPE}.${type}+xml"/>`,
  );
  return `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`;
}

function relationships(targets: readonly (readonly [type: string, target: string])[]): string {
  const each = targets.map(
    ([type, target], at) =>
      `<Relationship Id="rId${at + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${PACKAGE}/relationships">${each.join('')}</Relationships>`;
}

function workbookRelationships(sheets: number): string {
  const paths = Array.from(
    { length: sheets },
    (_, at) => ['worksheet', `worksheets/sheet${at + 1}.xml`] as const,
  );
  return relationships([...paths, ['styles', 'styles.xml']]);
}

function workbook(kinds: readonly ExchangeKind[], locale: Locale): string {
  const sheets = kinds.map(
    (kind, at) =>
      `<sheet name="${kindTitles[kind][locale]}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`,
  );
  return `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.join('')}</sheets></workbook>`;
}

/** Two formats of cells: 0 usual, 1 bold. */
const STYLES = `<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`;

/** Widths of columns in characters; others are as wide as most texts. */
const widths: Readonly<Record<string, number>> = { id: 12, externalId: 12, name: 30, address: 40 };
const USUAL_WIDTH = 18;

async function* sheetOf(
  source: ExchangeSource,
  kind: ExchangeKind,
  locale: Locale,
): AsyncGenerator<string, void> {
  const cols = exchangeColumns[kind].map(({ name }, at) => {
    const width = widths[name] ?? USUAL_WIDTH;
    return `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`;
  });
  const frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>';
  yield `${XML_HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">${frozen}</sheetView></sheetViews><cols>${cols.join('')}</cols><sheetData>`;
  yield rowOf(1, titlesOf(kind, locale), ' s="1"');
  let row = 1;
  for await (const element of source.elements(kind)) {
    row += 1;
    yield rowOf(row, cellsOf(element, locale).flatMap(inCells));
  }
  yield '</sheetData></worksheet>';
}

type Cell = string | number | null;

function inCells(cell: Cell): Cell | Cell[] {
  if (typeof cell !== 'string' || cell.length <= MOST_CELL_CHARACTERS) return cell;
  const count = Math.ceil(cell.length / MOST_CELL_CHARACTERS);
  return Array.from({ length: count }, (_, at) =>
    cell.slice(at * MOST_CELL_CHARACTERS, (at + 1) * MOST_CELL_CHARACTERS),
  );
}

function rowOf(row: number, cells: readonly Cell[], style = ''): string {
  const written = cells.map((cell, at) => {
    if (cell === null) return '';
    const place = `r="${columnName(at)}${row}"${style}`;
    return typeof cell === 'number'
      ? `<c ${place}><v>${cell}</v></c>`
      : `<c ${place} t="inlineStr"><is><t xml:space="preserve">${xmlText(cell)}</t></is></c>`;
  });
  return `<row r="${row}">${written.join('')}</row>\n`;
}

/** A, B, … Z, AA, … */
function columnName(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : columnName(Math.floor(at / 26) - 1) + letter;
}
