import { expect, test } from 'vitest';
import { readMapAddress, writeMapAddress, writeView } from './map-address.ts';

const ID = '01a00000-0000-7000-8000-000000000001';
const read = (query: string) => readMapAddress(new URLSearchParams(query));

test('an address that was written is read as it was', () => {
  const view = { lat: -3.13221, lng: -60.02171, zoom: 15.25 };
  const query = writeMapAddress(new URLSearchParams(), {
    at: writeView(view),
    color: 'status',
    show: `boxes/${ID}`,
  });
  expect(query).toBe(`at=-3.13221,-60.02171,15.25&color=status&show=boxes/${ID}`);
  expect(read(query)).toEqual({ view, coloring: 'status', element: { layer: 'boxes', id: ID } });
});

test('null takes a part away and leaves the others', () => {
  const now = new URLSearchParams({ at: '1,2,3', show: `poles/${ID}` });
  expect(writeMapAddress(now, { show: null })).toBe('at=1,2,3');
});

test.each([
  '',
  'at=1,2',
  'at=91,0,3',
  'at=0,181,3',
  'at=0,0,23',
  'at=0,0,-1',
  'at=a,b,c',
  'at=1e1,0,3',
  'at=,,',
])('of %j there is no view', (query) => expect(read(query).view).toBeNull());

test.each(['show=poles', `show=users/${ID}`, 'show=poles/../../users', `show=poles/${ID}/x0`])(
  'of %j there is no element, or only its id',
  (query) => expect([null, ID]).toContain(read(query).element?.id ?? null),
);

test('an unknown coloring is that by kind', () => {
  expect(read('color=evil').coloring).toBe('kind');
});
