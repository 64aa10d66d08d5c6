import { asciiFileName, fileNameFor } from '#text';

/**
 * A Content-Disposition header (RFC 6266): the name as `fileNameFor` has it, in ASCII for old clients and curl, in
 * UTF-8 (RFC 8187) for all others. No name can end the header or add another.
 */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  // RFC 6266 appendix D: some clients decode percent signs.
  const ascii = asciiFileName(name).replaceAll('%', '_');
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encodeExtended(fileNameFor(name))}`;
}

/** RFC 8187 section 3.2.1: encodeURIComponent leaves a few characters that are not attr-char. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The name in a Content-Disposition header, `filename*` before `filename`; null without a name. */
export function dispositionName(header: string | undefined): string | null {
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header ?? '')?.[1];
  if (extended !== undefined) return decode(extended);
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header ?? '');
  return plain ? (plain[1]?.replaceAll(/\\(.)/g, '$1') ?? plain[2] ?? null) : null;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
