import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FiberkeepError, validationError } from '#errors';
import { refuseMethod, sendProblem } from './problem.ts';

const failures: Record<string, unknown> = {
  '/here': new FiberkeepError('ALREADY_HERE', {
    reason: 'alreadyHere',
    params: { name: 'Monday' },
    extra: { backupId: '7' },
  }),
  '/fields': validationError([{ path: 'name', reason: 'tooLong', params: { max: 200 } }]),
  '/later': new FiberkeepError('RATE_LIMITED', { retryAfterSeconds: 7 }),
  '/key': new FiberkeepError('UNAUTHENTICATED'),
  '/fault': new TypeError('x is not a function'),
};

const listener = http.createServer((request, response) => {
  const failure = failures[request.url ?? ''];
  if (failure) sendProblem(response, failure);
  else refuseMethod(response, 'GET, HEAD');
});

beforeAll(async () => {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
});
afterAll(() => {
  listener.close();
});

async function ask(path: string, language = 'en', init: RequestInit = {}) {
  const { port } = listener.address() as AddressInfo;
  const headers = { 'accept-language': language };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...init });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

describe('a problem', () => {
  test('has code, reason and params, and texts in the language asked for', async () => {
    const { status, headers, body } = await ask('/here', 'es-AR,es;q=0.9');
    expect(status).toBe(409);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('content-language')).toBe('es');
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'Esta copia ya está aquí: es “Monday”.',
      code: 'ALREADY_HERE',
      reason: 'alreadyHere',
      params: { name: 'Monday' },
      hint: 'Use la que está aquí.',
      backupId: '7',
    });
  });

  test('names the wrong fields', async () => {
    const message = 'At most 200 characters.';
    expect((await ask('/fields')).body).toMatchObject({
      detail: `name: ${message}`,
      fields: [{ path: 'name', reason: 'tooLong', params: { max: 200 }, message }],
    });
  });

  test('says in headers when to try again, how to sign in, and which methods there are', async () => {
    expect((await ask('/later')).headers.get('retry-after')).toBe('7');
    expect((await ask('/key')).headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    const refused = await ask('/', 'pt-BR', { method: 'DELETE' });
    expect(refused.headers.get('allow')).toBe('GET, HEAD');
    expect(refused.body).toMatchObject({
      code: 'METHOD_NOT_ALLOWED',
      params: { method: 'DELETE', allow: 'GET, HEAD' },
    });
  });

  test('that is a fault of the server tells no details', async () => {
    const { body } = await ask('/fault');
    expect(body).toMatchObject({ code: 'INTERNAL', reason: null, params: {} });
    expect(JSON.stringify(body)).not.toContain('is not a function');
  });
});
