import { describe, expect, test } from 'vitest';
import { safePath } from './safe-path.ts';

describe('safePath', () => {
  test.each([
    ['/backup?restore=1', '/backup?restore=1'],
    ['/network/poles', '/network/poles'],
    [undefined, '/'],
    ['', '/'],
    ['backup', '/'],
    ['//evil.example/backup', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/..//evil.example', '/'],
    ['/%2e//evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/a//b', '/a//b'],
    ['javascript:alert(1)', '/'],
    [['/a', '/b'], '/'],
  ])('goes on from %j to %s', (next, path) => {
    expect(safePath(next)).toBe(path);
  });
});
