import http from 'node:http';
import { readConfig } from '#config';
import { openServer } from '#services/server.ts';
import { clientAddress } from '#web/client-address.ts';
import { ADDRESS_HEADER } from '#web/permit-request.ts';
import { sendProblem } from '#web/problem.ts';
import { byteRoutes } from '#web/routes/index.ts';

/** A process that serves only the byte routes, on PORT, until it is killed. It prints `ready` when it listens. */
const config = readConfig();
const server = await openServer(config);
const listener = http.createServer((request, response) => {
  request.headers[ADDRESS_HEADER] = clientAddress(request, config.trustedProxies);
  answer(request, response).catch((thrown) => sendProblem(response, thrown));
});
listener.requestTimeout = 0;
listener.listen(config.port, config.host, () => process.stdout.write('ready\n'));

async function answer(request: http.IncomingMessage, response: http.ServerResponse) {
  for (const route of byteRoutes) if (await route(request, response, server)) return;
  response.writeHead(404).end();
}
