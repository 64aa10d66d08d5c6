import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

const BUFFER_BYTES = 256 * 1024;

/**
 * A socket for pg's client that reads into one buffer, again and again, instead of a new one for every
 * read: a backup reads gigabytes, and their garbage costs more than their copying. Who listens to `data`
 * gets bytes of its own, as from any socket, except while `lends` is set: then they are the buffer itself,
 * good until the listener returns.
 */
export class CopySocket extends Socket {
  lends = false;

  constructor() {
    super(reading((bytes) => this.emit('data', this.lends ? bytes : Buffer.from(bytes))));
  }
}

/** `onread` is documented for `connect`, whose options are pg's; the constructor takes it as well. */
function reading(take: (bytes: Buffer) => void): SocketConstructorOpts & { onread: OnReadOpts } {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  return {
    onread: {
      buffer,
      callback(count) {
        take(buffer.subarray(0, count));
        return true;
      },
    },
  };
}
