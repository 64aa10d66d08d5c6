import sax, { type Tag } from 'sax';
import { FiberkeepError } from '#errors';
import { MOST_FEATURE_BYTES, MOST_VALUE, malformed } from './feature.ts';

/** What a format does with the parts of its XML. Names are without their namespace's prefix. */
export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  /** `text`: what stands directly in the element, tidy. */
  close(name: string, text: string): void;
}

const DEEPEST = 100;

/**
 * Parses XML piece by piece into `handler`. Refuses a DOCTYPE, and with it every entity but the five of XML: nothing is
 * expanded or fetched. Answers how to write a piece and how to end.
 */
export function openXml(handler: XmlHandler): { write(text: string): void; end(): void } {
  const parser = new sax.SAXParser(true, { position: false });
  const texts: string[] = [];
  const fail = (error: unknown) => {
    throw error;
  };
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.onerror = (error) => fail(malformed(null, error));
  parser.ondoctype = () => fail(new FiberkeepError('FILE_REFUSED', { reason: 'fileHasDoctype' }));
  parser.onopentag = ({ name, attributes }) => {
    if (texts.length >= DEEPEST) throw malformed(null);
    texts.push('');
    handler.open(local(name), attributes as Tag['attributes']);
  };
  const add = (text: string) => {
    const last = texts.length - 1;
    const longer = (texts[last] ?? '') + text;
    if (longer.length > MOST_FEATURE_BYTES) throw malformed(null);
    if (last >= 0) texts[last] = longer;
  };
  parser.ontext = add;
  parser.oncdata = add;
  parser.onclosetag = (name) => handler.close(local(name), (texts.pop() ?? '').trim());
  return {
    write: (text) => void parser.write(text),
    end: () => void parser.close(),
  };
}

const TAGS = /<[^<>]*>/g;

/** Text that programs wrap in HTML, as people read it. */
export function plainText(html: string): string {
  const text = html.slice(0, MOST_VALUE).replaceAll(/<br\s*\/?>|<\/(?:p|tr|div|li)>/gi, '\n');
  return text
    .replaceAll(TAGS, ' ')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
}
