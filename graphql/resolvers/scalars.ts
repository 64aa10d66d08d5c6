import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import type { Resolvers } from '../../generated/graphql/resolvers.ts';

const MAX_INT64 = 2n ** 63n - 1n;

const dateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => asDate(value).toISOString(),
  parseValue: asDate,
  parseLiteral: (node) => asDate(node.kind === Kind.STRING ? node.value : null),
});

function asDate(value: unknown): Date {
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : '');
  if (Number.isNaN(date.getTime()))
    throw new GraphQLError('DateTime takes an instant such as 2026-11-22T05:00:00.000Z.');
  return date;
}

const bigInt = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  serialize: (value) => asBigInt(value).toString(),
  parseValue: asBigInt,
  parseLiteral: (node) =>
    asBigInt(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : null),
});

function asBigInt(value: unknown): bigint {
  const number = toBigInt(value);
  if (number !== null && number >= -MAX_INT64 - 1n && number <= MAX_INT64) return number;
  throw new GraphQLError('BigInt takes a whole number of up to 64 bits, as a string.');
}

function toBigInt(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : null;
}

const json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

export const scalarResolvers: Resolvers = { DateTime: dateTime, BigInt: bigInt, JSON: json };
