import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from './free-port.ts';
import { type RunningServer, startRealServer } from './running-server.ts';

/** A server started by `npm start` that browser tests can stop and start over HTTP. */
export interface RestartableServer {
  readonly url: string;
  readonly setUpUrl: string;
  /**
   * POST `stop` ends the server as Ctrl-C does; POST `start` starts it with the same data and address. Both
   * answer 204 once that is so.
   */
  readonly controlUrl: string;
  stop(): Promise<void>;
}

export async function startRestartableServer(
  env: Record<string, string>,
  logFile: string,
): Promise<RestartableServer> {
  const settled = { ...env, PORT: String(await freePort()) };
  let server: RunningServer | null = await startRealServer(settled, logFile);
  const { url, setUpUrl } = server;
  let starts = 0;
  const orders: Record<string, () => Promise<void>> = {
    async '/stop'() {
      await server?.stop();
      server = null;
    },
    async '/start'() {
      if (server) return;
      starts += 1;
      server = await startRealServer(settled, logFile.replace(/(\.log)?$/, `-${starts}.log`));
    },
  };
  const control = http.createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    const order = orders[request.url ?? ''];
    if (!order) answer(404);
    else if (request.method !== 'POST') answer(405);
    else
      order().then(
        () => answer(204),
        () => answer(500),
      );
  });
  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  return {
    url,
    setUpUrl,
    controlUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}/`,
    async stop() {
      control.close();
      await server?.stop();
    },
  };
}
