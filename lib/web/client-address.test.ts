import { describe, expect, test } from 'vitest';
import { networks } from '#config';
import { clientAddress } from './client-address.ts';

const trusted = networks(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

function from(remoteAddress: string | undefined, forwarded?: string, among = trusted): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return clientAddress({ headers, socket: { remoteAddress } }, among);
}

describe('the address of a client', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['11.0.0.1', '11.0.0.1'],
    [undefined, ''],
  ])('of the socket %s, which is not a trusted proxy, is %s', (socket, expected) => {
    expect(from(socket)).toBe(expected);
    expect(from(socket, '203.0.113.9')).toBe(expected);
    expect(from(socket, '203.0.113.9, 10.0.0.2')).toBe(expected);
  });

  test('is the socket’s while no proxy is trusted', () => {
    expect(from('127.0.0.1', '203.0.113.9', networks([]))).toBe('127.0.0.1');
  });

  test('is the socket’s where a trusted proxy names nobody', () => {
    expect(from('10.0.0.1')).toBe('10.0.0.1');
    expect(from('10.0.0.1', '')).toBe('10.0.0.1');
  });

  test.each(['127.0.0.1', '::ffff:127.0.0.1', '10.9.8.7', '::ffff:a09:807', 'fd12::1'])(
    'behind the trusted proxy %s is what the proxy says',
    (socket) => expect(from(socket, '203.0.113.9')).toBe('203.0.113.9'),
  );

  test('is known behind a proxy that is listed as an IPv4-mapped address', () => {
    const mapped = networks(['::ffff:10.0.0.0/104']);
    expect(from('10.0.0.1', '203.0.113.9', mapped)).toBe('203.0.113.9');
    expect(from('::ffff:10.0.0.1', '203.0.113.9', mapped)).toBe('203.0.113.9');
  });

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:51234', '203.0.113.9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['[2001:db8::9]:51234', '2001:db8::9'],
    ['2001:DB8:0:0::9', '2001:db8::9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:51234', '203.0.113.9'],
    ['[::ffff:10.0.0.2]:51234', '10.0.0.2'],
    ['  203.0.113.9\t', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1,203.0.113.9', '203.0.113.9'],
    ['nonsense, 203.0.113.9', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9,10.0.0.2,[fd00::2]:80', '203.0.113.9'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['127.0.0.1', '127.0.0.1'],
  ])('where a trusted proxy says %j is %s', (forwarded, expected) => {
    expect(from('10.0.0.1', forwarded)).toBe(expected);
  });

  test.each([
    'unknown',
    '_hidden',
    'unix:',
    'localhost',
    '203.0.113.256',
    '203.0.113',
    '0203.0.113.9',
    '203.0.113.9:',
    '203.0.113.9:x',
    '203.0.113.9:123456',
    '203.0.113.9 198.51.100.1',
    '203.0.113.9;10.0.0.3',
    '[203.0.113.9]',
    '[2001:db8::9',
    '2001:db8::9]:80',
    '[[2001:db8::9]]',
    '[]:80',
    '2001:db8::g',
    '"203.0.113.9"',
    '10.0.0.0/8',
    '%',
    '',
  ])('is the last good hop before the malformed %j', (malformed) => {
    expect(from('10.0.0.1', malformed)).toBe('10.0.0.1');
    expect(from('10.0.0.1', `203.0.113.9, ${malformed}`)).toBe('10.0.0.1');
    expect(from('10.0.0.1', `203.0.113.9, ${malformed}, 10.0.0.2`)).toBe('10.0.0.2');
  });
});
