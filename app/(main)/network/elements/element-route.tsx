import { execute, parse } from 'graphql';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { cache } from 'react';
import { serverTexts } from '#app/i18n/request-locale.ts';
import {
  BoxElementDocument,
  CableElementDocument,
  ClientElementDocument,
  type ElementKind,
  PoleElementDocument,
  ProjectElementDocument,
} from '#generated/graphql/client/graphql.ts';
import { createContext } from '#graphql/context.ts';
import { schema } from '#graphql/executable-schema.ts';
import { ElementOfKind } from './element-of-kind.tsx';

export interface ElementParams {
  params: Promise<{ id: string }>;
}

const documents: Record<ElementKind, string> = {
  PROJECT: ProjectElementDocument,
  POLE: PoleElementDocument,
  BOX: BoxElementDocument,
  CABLE: CableElementDocument,
  CLIENT: ClientElementDocument,
};

/** The element's name; null where there is none; undefined for who may not see it. */
const readName = cache(
  async (kind: ElementKind, id: string): Promise<string | null | undefined> => {
    const asked = new Headers(await headers());
    // Pages are for people: an API key opens the API and nothing else.
    asked.delete('authorization');
    const request = new Request('http://localhost/', { headers: asked });
    const answer = await execute({
      schema,
      document: parse(documents[kind]),
      contextValue: await createContext(request, () => {}),
      variableValues: { id },
    });
    const element = answer.data?.element as { name: string } | null | undefined;
    return answer.errors ? undefined : (element?.name ?? null);
  },
);

/** The title of an element's page in the browser. */
export async function elementMetadata(
  kind: ElementKind,
  params: ElementParams['params'],
): Promise<Metadata> {
  const name = await readName(kind, (await params).id);
  const t = await serverTexts('network');
  const title = name === null ? t('element.missing') : (name ?? t('title'));
  // The layout above has a title of its own, which ends the root's template.
  return { title: { absolute: `${title} · Fiberkeep` } };
}

export async function ElementRoute({ kind, params }: ElementParams & { kind: ElementKind }) {
  const { id } = await params;
  return <ElementOfKind key={id} kind={kind} id={id} />;
}
