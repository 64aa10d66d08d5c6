import { getOperationAST, parse } from 'graphql';
import type { Server } from '#services/server.ts';
import { readPlant } from '#services/write-plant.ts';
import { limits } from './limits.ts';

/**
 * Runs a request so that its answer never mixes two plants: a query that a restore comes between is run
 * again. Mutations run once; what they write is checked where they write it.
 */
export function answerWhole<T>(
  server: Pick<Server, 'plant'>,
  body: unknown,
  run: () => Promise<T>,
): Promise<T> {
  return isQuery(body) ? readPlant(server, run) : run();
}

/** What cannot be parsed is no query: running it says what is wrong with it. */
function isQuery(body: unknown): boolean {
  const { query, operationName } = (body ?? {}) as { query?: unknown; operationName?: unknown };
  if (typeof query !== 'string') return false;
  try {
    const name = typeof operationName === 'string' ? operationName : null;
    const document = parse(query, { maxTokens: limits.tokens, noLocation: true });
    return getOperationAST(document, name)?.operation === 'query';
  } catch {
    return false;
  }
}
