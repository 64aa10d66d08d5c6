import { describe, expect, test } from 'vitest';
import { networks } from '#config';
import { assertMayConnect, guardedLookup, mayConnectTo } from './public-address.ts';

const none = networks([]);

const refused = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.0.1',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:A9FE:A9FE',
  '0:0:0:0:0:ffff:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '2001:0:53aa:64c:0:0:0:1',
  '2002:7f00:1::',
  'not an address',
  '',
];
const taken = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '100.128.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
];

describe('a webhook', () => {
  test.each(refused)('is not connected to %j', (address) => {
    expect(mayConnectTo(address, none)).toBe(false);
  });

  test.each(taken)('is connected to %s', (address) => {
    expect(mayConnectTo(address, none)).toBe(true);
  });

  test('is connected to a private network that the operator named, and to no other', () => {
    const allowed = networks(['10.1.0.0/16', '127.0.0.1', 'fd12::/16']);
    for (const address of ['10.1.2.3', '127.0.0.1', '::ffff:10.1.2.3', 'fd12::7'])
      expect(mayConnectTo(address, allowed)).toBe(true);
    for (const address of ['10.2.0.1', '127.0.0.2', '::1', 'fd13::1'])
      expect(mayConnectTo(address, allowed)).toBe(false);
  });

  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://０.０.０.０/',
  ])('is refused by the address that stands in %s', (url) => {
    expect(() => assertMayConnect(new URL(url).hostname, none)).toThrow(
      expect.objectContaining({ code: 'ADDRESS_REFUSED' }),
    );
  });
});

describe('a name', () => {
  type Answer = { address: string; family: number }[];
  const look = (answers: Answer[], all = true) => {
    let asked = 0;
    const lookup = guardedLookup(none, (_name, _options, done) =>
      done(null, answers[Math.min(asked++, answers.length - 1)] ?? []),
    );
    return new Promise((resolve, reject) =>
      lookup('hooks.example.net', { all }, (error, address, family) =>
        error ? reject(error) : resolve(all ? address : [address, family]),
      ),
    );
  };
  const good = { address: '8.8.8.8', family: 4 };
  const bad = { address: '127.0.0.1', family: 4 };
  const mapped = { address: '::ffff:192.168.1.1', family: 6 };

  test('leads to those of its addresses alone that are public', async () => {
    expect(await look([[bad, good, mapped]])).toEqual([good]);
    expect(await look([[bad, good, mapped]], false)).toEqual(['8.8.8.8', 4]);
  });

  test('that leads nowhere but into private networks is refused', async () => {
    await expect(look([[bad, mapped]])).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  });

  test('that answers otherwise the second time is judged by what it answers then', async () => {
    const answers = [[good], [bad]];
    let asked = 0;
    const lookup = guardedLookup(none, (_name, _options, done) =>
      done(null, answers[asked++] ?? []),
    );
    const again = () =>
      new Promise((resolve) =>
        lookup('rebinding.example.net', { all: true }, (error, found) => resolve(error ?? found)),
      );
    expect(await again()).toEqual([good]);
    expect(await again()).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
});
