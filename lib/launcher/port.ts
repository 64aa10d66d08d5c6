import net from 'node:net';
import { FiberkeepError } from '../errors/index.ts';

/**
 * The port to serve on: `port` itself once nobody listens there, or a free one for 0.
 * Throws PORT_IN_USE, or CONFIGURATION_INVALID where HOST is no address of this machine.
 */
export async function settlePort(host: string, port: number): Promise<number> {
  try {
    return await tryPort(host, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new FiberkeepError('PORT_IN_USE', `Port ${port} on ${host} is in use.`, {
        hint: `Stop what listens there, or choose another port: PORT=${port + 1} npm start.`,
      });
    if (code === 'EACCES')
      throw new FiberkeepError('PORT_IN_USE', `Port ${port} is not for this user.`, {
        hint: 'Choose a port above 1023 with PORT, or put a reverse proxy in front.',
      });
    throw new FiberkeepError('CONFIGURATION_INVALID', `HOST ${host} cannot be listened on.`, {
      hint: 'Set HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
      cause: error,
    });
  }
}

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return tryPort('127.0.0.1', 0);
}

/** Whether somebody listens there already. */
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
