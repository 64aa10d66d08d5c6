import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ENVELOPE_OVERHEAD_BYTES, type Envelope, openEnvelope, sealEnvelope } from './envelope.ts';

const envelope: Envelope = {
  magic: 'FKX1',
  serverId: randomUUID(),
  key: randomBytes(32),
  fields: Buffer.from([1, 2, 3]),
  context: Buffer.from('the context'),
};
const plain = randomBytes(1000);

function faultOf(asked: Envelope, sealed: Buffer): string | null {
  return openEnvelope(asked, sealed).fault;
}

test.each([0, 1, 65_536, 200_000])('opens to the %i bytes that were sealed', (size) => {
  const bytes = randomBytes(size);
  const sealed = sealEnvelope(envelope, bytes);
  expect(sealed.length).toBe(size + ENVELOPE_OVERHEAD_BYTES + 3);
  expect(Buffer.concat(openEnvelope(envelope, sealed).pieces ?? [])).toEqual(bytes);
  const pieces = openEnvelope(envelope, sealed, 65_536).pieces ?? [];
  expect(pieces.length).toBe(Math.ceil(size / 65_536));
  expect(Buffer.concat(pieces)).toEqual(bytes);
});

test('has magic, server id and fields in front, as FORMAT.md says', () => {
  const sealed = sealEnvelope(envelope, plain);
  expect(sealed.toString('latin1', 0, 4)).toBe('FKX1');
  expect(sealed.toString('hex', 4, 20)).toBe(envelope.serverId.replaceAll('-', ''));
  expect([...sealed.subarray(20, 23)]).toEqual([1, 2, 3]);
});

test('altered in any byte or cut anywhere, it does not open', () => {
  const sealed = sealEnvelope(envelope, plain);
  for (let at = 0; at < sealed.length; at++) {
    const altered = Buffer.from(sealed);
    altered[at] = (altered[at] ?? 0) ^ 0x40;
    expect(faultOf(envelope, altered)).toBe(at < 23 ? 'header' : 'seal');
    expect(['length', 'seal']).toContain(faultOf(envelope, sealed.subarray(0, at)));
  }
});

test.each([
  ['in another place', { context: Buffer.from('something else') }, 'seal'],
  ['with other fields', { fields: Buffer.from([1, 2, 4]) }, 'seal'],
  ['under another key of this server', { key: randomBytes(32) }, 'seal'],
  ['of another kind', { magic: 'FKY1' }, 'seal'],
  ['of a later version', { magic: 'FKX2' }, 'newer'],
  ['of an earlier version', { magic: 'FKX0' }, 'seal'],
  ['of another server', { serverId: randomUUID(), key: randomBytes(32) }, 'otherServer'],
])('sealed %s, it says why it does not open', (_how, other, fault) => {
  expect(faultOf(envelope, sealEnvelope({ ...envelope, ...other }, plain))).toBe(fault);
});
