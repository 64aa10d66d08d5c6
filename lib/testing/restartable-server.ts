import { startControl } from './control.ts';
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
  const control = await startControl({
    async '/stop'() {
      await server?.stop();
      server = null;
      return undefined;
    },
    async '/start'() {
      if (server) return undefined;
      starts += 1;
      server = await startRealServer(settled, logFile.replace(/(\.log)?$/, `-${starts}.log`));
      return undefined;
    },
  });
  return {
    url,
    setUpUrl,
    controlUrl: control.url,
    async stop() {
      control.close();
      await server?.stop();
    },
  };
}
