import { makeExecutableSchema } from '@graphql-tools/schema';
import { execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import type { Failure, Locale } from '#errors';
import { typeDefs } from '#generated/graphql/type-defs.ts';
import { failureResolvers } from './failure.ts';
import { scalarResolvers } from './scalars.ts';

const failure: Failure = {
  code: 'ALREADY_HERE',
  reason: 'alreadyHere',
  params: { name: 'Monday' },
  hint: null,
};

/** What a client reads of `failure` as the error of a job. */
async function read(locale: Locale): Promise<unknown> {
  const job = { resolve: () => ({ error: failure }) };
  const schema = makeExecutableSchema({
    typeDefs,
    resolvers: [scalarResolvers, failureResolvers, { Query: { job } }],
  });
  const document = parse('{ job(id: "1") { error { code reason params message hint } } }');
  const { data } = await execute({ schema, document, contextValue: { locale } });
  return (data as { job: { error: unknown } }).job.error;
}

test('a recorded failure is answered in the caller’s language', async () => {
  const data = { code: 'ALREADY_HERE', reason: 'alreadyHere', params: { name: 'Monday' } };
  expect(await read('en')).toEqual({
    ...data,
    message: 'This backup is here already: it is “Monday”.',
    hint: 'Use the one that is here.',
  });
  expect(await read('es')).toEqual({
    ...data,
    message: 'Esta copia ya está aquí: es “Monday”.',
    hint: 'Use la que está aquí.',
  });
});
