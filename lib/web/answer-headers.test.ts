import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readConfig } from '#config';
import { settleHeaders } from './answer-headers.ts';

function headersWith(publicUrl: string) {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  settleHeaders(request, response, readConfig({ PUBLIC_URL: publicUrl }), false);
  return response.getHeaders();
}

test('where people come by https, browsers are told to keep to it', () => {
  expect(headersWith('https://fiberkeep.example')).toMatchObject({
    'strict-transport-security': 'max-age=31536000',
  });
});

test.each(['', 'http://192.0.2.7:3000'])(
  'where people come by http (%j), browsers are told nothing of it',
  (publicUrl) => {
    expect(headersWith(publicUrl)).not.toHaveProperty('strict-transport-security');
  },
);
