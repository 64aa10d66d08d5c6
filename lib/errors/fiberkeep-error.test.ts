import { describe, expect, it } from 'vitest';
import { asFiberkeepError, FiberkeepError } from './index.ts';

const driver = (cause: object) =>
  Object.assign(new Error('Raw query failed'), {
    code: 'P2010',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  });

describe('any thrown value', () => {
  const known: [string, unknown, string][] = [
    ['a full disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), 'DISK_FULL'],
    ['a full disk of the database', Object.assign(new Error('x'), { code: '53100' }), 'DISK_FULL'],
    ['the same through Prisma', driver({ kind: 'postgres', originalCode: '53100' }), 'DISK_FULL'],
    ['a database that is down', driver({ kind: 'DatabaseNotReachable' }), 'DATABASE_UNREACHABLE'],
    [
      'the same in a transaction',
      Object.assign(new Error("Can't reach"), { code: 'P1001' }),
      'DATABASE_UNREACHABLE',
    ],
    [
      'a connection that the server closed',
      driver({ kind: 'postgres', originalCode: '57P01' }),
      'DATABASE_LOST',
    ],
    ['an abort', new DOMException('stop', 'AbortError'), 'CANCELLED'],
    ['anything else', new TypeError('x is not a function'), 'INTERNAL'],
    ['what is no error', 'text', 'INTERNAL'],
  ];
  for (const [what, thrown, code] of known)
    it(`becomes ${code}: ${what}`, () => {
      expect(asFiberkeepError(thrown)).toMatchObject({ code, cause: thrown });
    });

  it('stays the FiberkeepError that it is, of this copy of the module or another', () => {
    const own = new FiberkeepError('CONFLICT');
    expect(asFiberkeepError(own)).toBe(own);
    class Copy extends Error {
      override name = 'FiberkeepError';
      code = 'CONFLICT';
      status = 409;
    }
    const other = new Copy('taken');
    expect(asFiberkeepError(other)).toBe(other);
  });
});
