import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRealServer } from './running-server.ts';

/** A server as people start it, which a browser test may restart over HTTP. */
export interface RestartableServer {
  readonly url: string;
  readonly setUpUrl: string;
  /** POST ends the server as Ctrl-C does, starts it again with the same data under the same address, then answers 204. */
  readonly restartUrl: string;
  stop(): Promise<void>;
}

export async function startRestartableServer(
  env: Record<string, string>,
  logFile: string,
): Promise<RestartableServer> {
  let server = await startRealServer(env, logFile);
  const { url, setUpUrl } = server;
  let restarts = 0;
  const restart = async () => {
    await server.stop();
    restarts += 1;
    const log = logFile.replace(/(\.log)?$/, `-${restarts}.log`);
    server = await startRealServer({ ...env, PORT: new URL(url).port }, log);
  };
  const control = http.createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    if (request.method !== 'POST') answer(405);
    else
      restart().then(
        () => answer(204),
        () => answer(500),
      );
  });
  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  return {
    url,
    setUpUrl,
    restartUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}/`,
    async stop() {
      control.close();
      await server.stop();
    },
  };
}
