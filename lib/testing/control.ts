import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** Does something for browser tests, which speak HTTP only. What it answers is sent as JSON. */
export type Order = (given: Record<string, unknown>) => Promise<object | undefined>;

export interface Control {
  /** Ends with `/`. */
  readonly url: string;
  close(): void;
}

/** Takes orders by POST to their paths: 200 with an answer, 204 without one, 500 where the order failed. */
export async function startControl(orders: Readonly<Record<string, Order>>): Promise<Control> {
  const server = http.createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    const order = orders[request.url ?? ''];
    if (!order) answer(404);
    else if (request.method !== 'POST') answer(405);
    else
      givenIn(request)
        .then(order)
        .then(
          (result) => (result ? response.end(JSON.stringify(result)) : answer(204)),
          (error) => response.writeHead(500).end(String(error)),
        );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}

async function givenIn(request: http.IncomingMessage): Promise<Record<string, unknown>> {
  if (Number(request.headers['content-length'] ?? 0) === 0) return {};
  return (await json(request)) as Record<string, unknown>;
}
