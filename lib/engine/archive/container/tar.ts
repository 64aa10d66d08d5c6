/** POSIX.1-2001 "ustar": every entry is a header of one block, then its bytes, padded to whole blocks. */
export const TAR_BLOCK_BYTES = 512;
/** Two blocks of zeros end an archive. */
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;

export const TAR_NAME_BYTES = 100;
const SIZE_AT = 124;
const SIZE_BYTES = 12;
const CHECKSUM_AT = 148;
const TYPE_AT = 156;
/** Eleven octal digits hold less than this. Larger sizes are in base 256, as GNU, BSD and Go write them. */
export const TAR_OCTAL_END = 8 ** 11;
const ORDINARY_FILE = '0';

export interface TarEntry {
  /** ASCII, at most 100 bytes. */
  readonly name: string;
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly modifiedAt: number;
}

/** The only header that an entry may have. Throws RangeError for a longer name. */
export function tarHeader({ name, bytes, modifiedAt }: TarEntry): Buffer {
  if (name.length > TAR_NAME_BYTES) throw new RangeError(`Too long for a tar header: ${name}`);
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  header.write(name, 0, 'latin1');
  header.write(octal(0o644, 8), 100, 'latin1');
  header.write(octal(0, 8), 108, 'latin1');
  header.write(octal(0, 8), 116, 'latin1');
  writeSize(header, bytes);
  header.write(octal(modifiedAt, 12), 136, 'latin1');
  header.write(ORDINARY_FILE, TYPE_AT, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(octal(0, 8), 329, 'latin1');
  header.write(octal(0, 8), 337, 'latin1');
  header.write(checksum(header), CHECKSUM_AT, 'latin1');
  return header;
}

/** How many zeros follow an entry of `bytes`. */
export function tarPadding(bytes: number): number {
  return -bytes & (TAR_BLOCK_BYTES - 1);
}

/** The size in a header, strictly octal; null where it is written otherwise. */
export function octalSize(header: Buffer): number | null {
  const field = header.toString('latin1', SIZE_AT, SIZE_AT + SIZE_BYTES);
  return /^[0-7]{11}\0$/.test(field) ? Number.parseInt(field, 8) : null;
}

const KINDS: Record<string, string> = {
  '1': 'hardLink',
  '2': 'symbolicLink',
  '3': 'characterDevice',
  '4': 'blockDevice',
  '5': 'folder',
  '6': 'pipe',
  S: 'sparseFile',
  x: 'extendedHeader',
  g: 'globalHeader',
  L: 'longName',
  K: 'longLinkName',
};

export interface FoundEntry {
  /** `end`, `file`, or a name of `KINDS`. */
  readonly kind: string;
  readonly name: string;
  /** In bytes; -1 where it is unknown. */
  readonly size: number;
}

/** What an unexpected header seems to be. */
export function describeTarHeader(header: Buffer): FoundEntry {
  if (header.every((byte) => byte === 0)) return { kind: 'end', name: '', size: 0 };
  const kind = KINDS[header.toString('latin1', TYPE_AT, TYPE_AT + 1)] ?? 'file';
  const name = header.toString('latin1', 0, TAR_NAME_BYTES).split('\0')[0] ?? '';
  return { kind, name, size: octalSize(header) ?? -1 };
}

function writeSize(header: Buffer, bytes: number): void {
  if (bytes < TAR_OCTAL_END) {
    header.write(octal(bytes, SIZE_BYTES), SIZE_AT, 'latin1');
    return;
  }
  header[SIZE_AT] = 0x80;
  header.writeBigUInt64BE(BigInt(bytes), SIZE_AT + SIZE_BYTES - 8);
}

function octal(value: number, bytes: number): string {
  return `${value.toString(8).padStart(bytes - 1, '0')}\0`;
}

/** The sum of all bytes, with those of the checksum counted as blanks. */
function checksum(header: Buffer): string {
  const sum = header.reduce((total, byte) => total + byte, 8 * ' '.charCodeAt(0));
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}
