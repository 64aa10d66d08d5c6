import { parseServerKey } from '#engine/sealing/server-key.ts';
import { FiberkeepError } from '#errors';

const MARK = 'FIBERKEEP-KEY1';
/** Of a server key in bech32, after its mark. */
const KEY_CHARS = 58;

/**
 * The server key in the text of a recovery kit, as it was printed or typed again: comment signs, spaces and line
 * breaks do not matter. A server key alone is read too. Throws KIT_UNREADABLE.
 */
export function readKitKey(text: string): Buffer {
  const plain = text.replaceAll(/[\s#]/g, '').toUpperCase();
  for (let at = plain.indexOf(MARK); at >= 0; at = plain.indexOf(MARK, at + 1)) {
    const key = parseServerKey(plain.slice(at, at + MARK.length + KEY_CHARS));
    if (key) return key;
  }
  const alone = plain.includes(MARK) ? null : parseServerKey(text);
  if (alone) return alone;
  throw new FiberkeepError('KIT_UNREADABLE');
}
