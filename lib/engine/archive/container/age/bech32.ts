/** BIP 173, without its limit of 90 characters, as age uses it. */
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_DIGITS = 6;

/** `prefix` and result are lower case. */
export function encodeBech32(prefix: string, bytes: Buffer): string {
  const digits = regroup(bytes, 8, 5);
  if (!digits) throw new RangeError('Not bytes');
  const sum = polymod([...expand(prefix), ...digits, ...new Array(CHECKSUM_DIGITS).fill(0)]) ^ 1;
  const checksum = Array.from(
    { length: CHECKSUM_DIGITS },
    (_, i) => (sum >>> (5 * (CHECKSUM_DIGITS - 1 - i))) & 31,
  );
  return `${prefix}1${[...digits, ...checksum].map((digit) => ALPHABET[digit]).join('')}`;
}

/** The `length` bytes; null for another prefix or length, mixed case, or a wrong checksum. */
export function decodeBech32(prefix: string, text: string, length: number): Buffer | null {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return null;
  if (!text.startsWith(`${prefix}1`)) return null;
  const digits = [...text.slice(prefix.length + 1).toLowerCase()].map((c) => ALPHABET.indexOf(c));
  if (digits.length < CHECKSUM_DIGITS || digits.includes(-1)) return null;
  if (polymod([...expand(prefix.toLowerCase()), ...digits]) !== 1) return null;
  const bytes = regroup(digits.slice(0, -CHECKSUM_DIGITS), 5, 8);
  return bytes?.length === length ? Buffer.from(bytes) : null;
}

function polymod(digits: readonly number[]): number {
  return digits.reduce((sum, digit) => {
    const shifted = ((sum & 0x1ffffff) << 5) ^ digit;
    return GENERATOR.reduce((acc, term, i) => ((sum >>> (25 + i)) & 1 ? acc ^ term : acc), shifted);
  }, 1);
}

function expand(prefix: string): number[] {
  const codes = [...Buffer.from(prefix)];
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

/** Groups of `from` bits as groups of `to` bits; null where the padding is not zero, or is a whole group. */
function regroup(groups: Iterable<number>, from: number, to: number): number[] | null {
  const out: number[] = [];
  let held = 0;
  let bits = 0;
  for (const group of groups) {
    held = ((held << from) | group) & 0xfff;
    for (bits += from; bits >= to; bits -= to) out.push((held >> (bits - to)) & (2 ** to - 1));
  }
  const rest = held & (2 ** bits - 1);
  if (to < from) return bits > 0 ? [...out, (rest << (to - bits)) & (2 ** to - 1)] : out;
  return bits < from && rest === 0 ? out : null;
}
