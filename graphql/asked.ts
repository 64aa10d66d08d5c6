import { type DocumentNode, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';

/** What a request asks for, before anybody knows whether it is valid. */
export interface Asked {
  readonly document: DocumentNode;
  /** Null where the document has several and none is named. */
  readonly operation: OperationDefinitionNode | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of a GraphQL request (GraphQL over HTTP §5.4). Null for a document that cannot be parsed or has too
 * many tokens: running it says what is wrong.
 */
export function readAsked(body: unknown, maxTokens: number): Asked | null {
  const { query, operationName, variables } = (body ?? {}) as Record<string, unknown>;
  if (typeof query !== 'string') return null;
  const document = parsed(query, maxTokens);
  const name = typeof operationName === 'string' ? operationName : null;
  return (
    document && {
      document,
      operation: getOperationAST(document, name) ?? null,
      variables: typeof variables === 'object' ? { ...variables } : {},
    }
  );
}

/** Whether there is a document at all. */
export function hasDocument(body: unknown): boolean {
  return typeof (body as { query?: unknown } | null)?.query === 'string';
}

function parsed(query: string, maxTokens: number): DocumentNode | null {
  try {
    return parse(query, { maxTokens, noLocation: true });
  } catch {
    return null;
  }
}
