import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { SESSION_COOKIE } from '#services/accounts/cookies.ts';
import { actions } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { createApiKey } from '#vault/api-keys.ts';
import { createSession } from '#vault/sessions.ts';
import { clientAddress } from '#web/client-address.ts';
import { ADDRESS_HEADER } from '#web/permit-request.ts';
import { sendProblem } from '#web/problem.ts';
import { byteRoutes } from '#web/routes/index.ts';
import { openTestServer, type TestServer } from './server.ts';

/** The byte routes over a real socket, without the pages. */
export interface TestWeb extends AsyncDisposable {
  readonly opened: TestServer;
  readonly server: Server;
  readonly url: string;
  /** Headers of a new person who may do all of `allowed`. */
  signedIn(allowed?: readonly string[]): Promise<Record<string, string>>;
  /** Headers of an API key with `given`, whose owner may do all of `allowed`. */
  withKey(allowed: readonly string[], given?: readonly string[]): Promise<Record<string, string>>;
}

export async function openTestWeb(options: { now?: () => Date } = {}): Promise<TestWeb> {
  const opened = await openTestServer(options);
  const { server } = opened;
  const listener = http.createServer((request, response) => {
    request.headers[ADDRESS_HEADER] = clientAddress(request, server.config.trustedProxies);
    answer(server, request, response).catch((thrown) => sendProblem(response, thrown));
  });
  // On a loaded machine, a client uses an idle connection again in the moment when it is closed.
  listener.keepAliveTimeout = 120_000;
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  let people = 0;
  const makePerson = async (allowed: readonly string[]) => {
    const name = `Person ${++people}`;
    const role = await server.plant.role.create({ data: { name, actions: [...allowed] } });
    return server.plant.user.create({
      data: { name, email: `${people}@example.net`, passwordHash: '', roleId: role.id },
    });
  };
  return {
    opened,
    server,
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async signedIn(allowed = actions) {
      const user = await makePerson(allowed);
      const session = { userId: user.id, address: '', userAgent: '' };
      const { token } = await createSession(server.vault, session, server.config.sessionLife);
      return { cookie: `${SESSION_COOKIE}=${token}` };
    },
    async withKey(allowed, given = actions) {
      const owner = await makePerson(allowed);
      const key = { name: 'a key', owner, actions: given, expiresAt: null };
      const { secret } = await createApiKey(server.vault, key);
      return { authorization: `Bearer ${secret}` };
    },
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections();
      listener.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

async function answer(
  server: Server,
  request: http.IncomingMessage,
  response: http.ServerResponse,
) {
  for (const route of byteRoutes) if (await route(request, response, server)) return;
  response.writeHead(404).end();
}
