import { expect, test } from 'vitest';
import { FiberkeepError } from '#errors';
import { isDatabaseLost } from './database-lost.ts';

const error = (message: string, more: object = {}) => Object.assign(new Error(message), more);
/** As Prisma wraps what its driver adapter says. */
const wrapped = (cause: object) =>
  error('Raw query failed.', { code: 'P2010', meta: { driverAdapterError: { cause } } });

test.each([
  ['the server said that it goes', error('terminating connection', { code: '57P01' })],
  ['the same through Prisma', wrapped({ kind: 'postgres', code: '57P01' })],
  ['Prisma found the connection closed, which has no code', wrapped({ kind: 'ConnectionClosed' })],
  [
    'pg found the connection closed, which has no code',
    error('Connection terminated unexpectedly'),
  ],
  ['the schema engine found it closed, in words', error('Server has closed the connection.\n')],
  ['nobody answers at the port', error('connect', { code: 'ECONNREFUSED' })],
  ['a service says so', new FiberkeepError('DATABASE_LOST')],
  [
    'it is the cause of what a service says',
    new FiberkeepError('PLANT_BUSY', { cause: error('x', { code: '57P03' }) }),
  ],
])('the database is lost where %s', (_what, thrown) => {
  expect(isDatabaseLost(thrown)).toBe(true);
});

test.each([
  ['a row is there already', error('duplicate key', { code: '23505' })],
  ['the disk is full', wrapped({ kind: 'postgres', originalCode: '53100' })],
  ['a service refuses', new FiberkeepError('PLANT_BUSY')],
  ['nothing was thrown', undefined],
])('the database is not lost where %s', (_what, thrown) => {
  expect(isDatabaseLost(thrown)).toBe(false);
});
