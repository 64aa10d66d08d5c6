import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FiberkeepError } from '#errors';

const LOOK_MS = 50;

/**
 * The port to serve on: `port` once nobody listens there, which is waited for up to `waitMs`, or a free port
 * for 0. Throws PORT_IN_USE, or CONFIGURATION_INVALID if HOST is no address of this machine.
 */
export async function settlePort(host: string, port: number, waitMs: number): Promise<number> {
  const deadline = Date.now() + waitMs;
  try {
    while (Date.now() < deadline && (await isPortTaken(host, port))) await sleep(LOOK_MS);
    return await tryPort(host, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new FiberkeepError('PORT_IN_USE', {
        reason: 'portInUse',
        params: { port, host, otherPort: port + 1 },
      });
    if (code === 'EACCES')
      throw new FiberkeepError('PORT_IN_USE', { reason: 'portNotAllowed', params: { port } });
    throw new FiberkeepError('CONFIGURATION_INVALID', {
      reason: 'hostNotUsable',
      params: { host },
      cause: error,
    });
  }
}

/** A port that is free at this moment. */
export function freePort(): Promise<number> {
  return tryPort('127.0.0.1', 0);
}

/** Whether a process listens there. */
export async function isPortTaken(host: string, port: number): Promise<boolean> {
  return tryPort(host, port).then(
    () => false,
    () => true,
  );
}

function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const { port: bound } = server.address() as net.AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
