import type { ExchangeKind } from '../columns.ts';
import type { ExchangeElement, ExchangeSource } from '../element.ts';

/** The elements of one project, kind by kind. Its `elements` are read to the end before the next project is asked for. */
export interface ProjectElements {
  /** Null: those in no project. */
  readonly id: string | null;
  readonly elements: AsyncIterable<ExchangeElement>;
}

interface Head {
  readonly kind: ExchangeKind;
  readonly rest: AsyncIterator<ExchangeElement>;
  next: ExchangeElement | null;
}

/** Merges the kinds of a source, each of which is in order of projects. */
export async function* byProject(source: ExchangeSource): AsyncGenerator<ProjectElements, void> {
  const heads: Head[] = [];
  try {
    for (const kind of source.kinds) {
      const rest = source.elements(kind)[Symbol.asyncIterator]();
      heads.push({ kind, rest, next: await following(rest) });
    }
    for (;;) {
      const waiting = heads.flatMap(({ next }) => next ?? []);
      if (waiting.length === 0) return;
      const id = waiting.map(({ projectId }) => projectId).reduce(earlier);
      yield { id, elements: elementsOf(heads, id) };
    }
  } finally {
    for (const { rest } of heads) await rest.return?.();
  }
}

async function* elementsOf(heads: readonly Head[], id: string | null) {
  for (const head of heads)
    while (head.next?.projectId === id) {
      yield head.next;
      head.next = await following(head.rest);
    }
}

async function following(rest: AsyncIterator<ExchangeElement>): Promise<ExchangeElement | null> {
  const { value, done } = await rest.next();
  return done ? null : value;
}

/** Ids are in lower case, so their order is that of the characters; none comes last. */
function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}
