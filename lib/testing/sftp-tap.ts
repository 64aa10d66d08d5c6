import { Transform } from 'node:stream';

/** draft-ietf-secsh-filexfer-02 section 3. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'INIT',
  2: 'VERSION',
  3: 'OPEN',
  4: 'CLOSE',
  5: 'READ',
  6: 'WRITE',
  8: 'FSTAT',
  11: 'OPENDIR',
  12: 'READDIR',
  13: 'REMOVE',
  14: 'MKDIR',
  17: 'STAT',
  18: 'RENAME',
  101: 'STATUS',
  105: 'ATTRS',
};
const EXTENDED = 200;

/** Its type, or the name of the extension that it asks for. `packet` begins with its length. */
export function kindOf(packet: Buffer): string {
  const type = packet.readUInt8(4);
  if (type === EXTENDED) return packet.toString('utf8', 13, 13 + packet.readUInt32BE(9));
  return TYPES[type] ?? String(type);
}

/** The number that an answer has from its request. */
export function requestIdOf(packet: Buffer): number {
  return packet.readUInt32BE(5);
}

export function statusPacket(requestId: number, status: number, message: string): Buffer {
  const text = Buffer.from(message);
  const packet = Buffer.alloc(4 + 1 + 4 + 4 + 4 + text.length + 4);
  packet.writeUInt32BE(packet.length - 4, 0);
  packet.writeUInt8(101, 4);
  packet.writeUInt32BE(requestId, 5);
  packet.writeUInt32BE(status, 9);
  packet.writeUInt32BE(text.length, 13);
  text.copy(packet, 17);
  return packet;
}

/** A version that announces no extension. */
export const BARE_VERSION = Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 3]);

/** Passes on what `change` makes of each whole packet; null: nothing. */
export function tap(change: (packet: Buffer) => Buffer | null): Transform {
  let rest: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, piece]);
      for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
        const changed = change(rest.subarray(0, end));
        if (changed) this.push(changed);
        rest = rest.subarray(end);
      }
      done();
    },
  });
}

function endOf(bytes: Buffer): number {
  return bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + bytes.readUInt32BE(0);
}
