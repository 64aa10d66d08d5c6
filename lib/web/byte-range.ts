/** First and last byte, both of them sent. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The one range that a Range header asks for of `size` bytes (RFC 9110 section 14.1.2); `all` where there
 * is none, or one that may be ignored (several ranges, another unit, nonsense); `none` where it lies past
 * the end.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'all' | 'none' {
  const found = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return 'all';
  const last = size - 1;
  if (found[1] === '') {
    const suffix = Number(found[2]);
    return suffix === 0 || size === 0 ? 'none' : { start: Math.max(0, size - suffix), end: last };
  }
  const start = Number(found[1]);
  const end = found[2] === '' ? last : Math.min(Number(found[2]), last);
  if (found[2] !== '' && Number(found[2]) < start) return 'all';
  return start > last ? 'none' : { start, end };
}
