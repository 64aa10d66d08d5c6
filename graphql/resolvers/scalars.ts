import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { Temporal } from 'temporal-polyfill';
import type { Params } from '#errors';
import type { Resolvers } from '#generated/graphql/resolvers.ts';

const MAX_INT64 = 2n ** 63n - 1n;

const dateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(node.kind === Kind.STRING ? node.value : null),
});

/** RFC 3339 section 5.6, where seconds may be left out: a year of four digits, and an offset. Later years could be written, but not read again. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

function readInstant(value: unknown): Date {
  const instant = typeof value === 'string' && INSTANT.test(value) ? instantOf(value) : null;
  if (instant) return new Date(instant.epochMilliseconds);
  throw new GraphQLError('DateTime takes an instant such as 2026-11-22T05:00:00.000Z.');
}

/** Null for a day that no calendar has, which `Date` would take for one of the next month. */
function instantOf(text: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text.toUpperCase());
  } catch {
    return null;
  }
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

/** Answers only: no input takes one. */
const jsonObject = new GraphQLScalarType<Params, Params>({
  name: 'JSONObject',
  serialize: (value) => value as Params,
});

export const scalarResolvers: Resolvers = {
  DateTime: dateTime,
  BigInt: bigInt,
  JSON: json,
  JSONObject: jsonObject,
};
