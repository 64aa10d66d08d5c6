import { getOperationAST, parse } from 'graphql';
import type { Server } from '#services/server.ts';
import { readPlant } from '#services/write-plant.ts';
import { limits } from './limits.ts';

/**
 * Runs a request so that its answer never mixes two plants. A query is run again if a restore came in between.
 * Mutations run once: `writePlant` checks what they write.
 */
export function answerWhole<T>(
  server: Pick<Server, 'plant'>,
  body: unknown,
  run: () => Promise<T>,
): Promise<T> {
  return isQuery(body) ? readPlant(server, run) : run();
}

/** False for a document that cannot be parsed. Running it then says what is wrong. */
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
