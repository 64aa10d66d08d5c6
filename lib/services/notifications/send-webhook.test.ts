import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { networks } from '#config';
import { openReceiver } from '#testing/receivers.ts';
import { sendWebhook } from './send-webhook.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const loopback = networks(['127.0.0.1', '::1']);
const message = {
  id: '01990000-0000-7000-8000-000000000001',
  type: 'night.failed',
  at: new Date('2026-11-22T05:00:00Z'),
  data: { night: '2026-11-22', note: 'ção 📡' },
};

const never = () => new AbortController().signal;
const send = (url: string, allowed = loopback) =>
  sendWebhook({ url, secret, allowed }, message, never());

describe('a webhook', () => {
  test('is signed as Standard Webhooks has it, and the receiver can check it', async () => {
    await using receiver = await openReceiver();
    await send(receiver.url);
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/hook' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': message.id,
    });
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toEqual({
      type: 'night.failed',
      timestamp: '2026-11-22T05:00:00.000Z',
      data: message.data,
    });
    const other = new Webhook(Buffer.alloc(32, 8).toString('base64'));
    expect(() => other.verify(request?.body ?? '', headers)).toThrow();
  });

  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://2130706433:PORT/',
  ])('sends nothing to %s, unless that network is allowed', async (pattern) => {
    await using receiver = await openReceiver();
    const url = pattern.replace('PORT', String(receiver.port));
    await expect(send(url, networks([]))).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(receiver.requests).toEqual([]);
    await send(url);
    expect(receiver.requests).toHaveLength(1);
  });

  test('is not led elsewhere by a redirect', async () => {
    await using elsewhere = await openReceiver();
    await using receiver = await openReceiver((response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    );
    await expect(send(receiver.url)).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: expect.stringContaining('307, a redirect, which is not followed'),
    });
    expect(elsewhere.requests).toEqual([]);
  });

  test.each([400, 404, 410, 500, 503])(
    'was not taken by a receiver that answers %i',
    async (status) => {
      await using receiver = await openReceiver((response) =>
        response.writeHead(status).end('secrets of the internal network'),
      );
      const failed = await send(receiver.url).catch((thrown) => thrown);
      expect(failed.code).toBe('DELIVERY_FAILED');
      // The receiver's answer is not shown to people who open the settings.
      expect(failed.message).not.toContain('secrets');
    },
  );

  test('does not read on and on what a receiver says', async () => {
    let gone = () => {};
    const cut = new Promise<void>((resolve) => {
      gone = resolve;
    });
    await using receiver = await openReceiver((response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', more).on('close', gone);
      more();
    });
    await send(receiver.url);
    await cut;
  });

  test('is broken off at once by a shutdown', async () => {
    await using receiver = await openReceiver(() => stop.abort(new Error('shutdown')));
    const stop = new AbortController();
    const target = { url: receiver.url, secret, allowed: loopback };
    await expect(sendWebhook(target, message, stop.signal)).rejects.toThrow();
    expect(receiver.requests).toHaveLength(1);
  });

  test('to a port where nobody listens says so', async () => {
    const listener = net.createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, 'close');
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: `127.0.0.1:${port} was not reached: ECONNREFUSED.`,
    });
  });
});
