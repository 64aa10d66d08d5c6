import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/** Below those that the system gives to connections going out and to listeners that name none. */
const FIRST = 20_000;
const LAST = 32_000;

/**
 * A port of the loopback that nobody listens on now. Nobody is given it by chance before a server listens there,
 * nor while that server is started again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    const probe = net.createServer();
    const listening = once(probe, 'listening').then(
      () => true,
      () => false,
    );
    probe.listen({ port, host: '127.0.0.1', exclusive: true });
    if (!(await listening)) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
