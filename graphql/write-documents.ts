import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';

/**
 * Writes the operations of `graphql/operations/*.graphql` into `generated/graphql/client/graphql.ts`: each as the
 * string that is sent, with the types of its data and variables. A syntax tree is ten times as long, and a page
 * would read those of all operations before it shows anything.
 */
const operationsFolder = new URL('operations/', import.meta.url).pathname;
const target = new URL('../generated/graphql/client/graphql.ts', import.meta.url).pathname;

const files = (await readdir(operationsFolder)).filter((name) => name.endsWith('.graphql')).sort();
const definitions = (
  await Promise.all(
    files.map(async (name) => parse(await readFile(path.join(operationsFolder, name), 'utf8'))),
  )
).flatMap((document) => document.definitions);
const operations = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
const fragments = new Map(
  definitions
    .filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
    .map((node) => [node.name.value, node]),
);

await writeFile(
  target,
  [
    `import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';`,
    `import type * as types from './types.ts';`,
    `export * from './types.ts';`,
    'type Document<Data, Variables> = string & DocumentTypeDecoration<Data, Variables>;',
    ...[...fragments.values()].map((node) => `const ${constantOf(node)} = ${textOf(node)};`),
    ...operations.map(documentOf),
    '',
  ].join('\n'),
);

function documentOf(operation: OperationDefinitionNode): string {
  const name = operation.name?.value ?? '';
  const kind = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[
    operation.operation
  ];
  const parts = [textOf(operation), ...fragmentsOf(operation).map(constantOf)];
  const types = `Document<types.${name}${kind}, types.${name}${kind}Variables>`;
  return `export const ${name}Document = (${parts.join(' + ')}) as ${types};`;
}

/** The fragments that a definition uses, and those that they use, each once. */
function fragmentsOf(
  definition: OperationDefinitionNode | FragmentDefinitionNode,
): FragmentDefinitionNode[] {
  const found = new Set<FragmentDefinitionNode>();
  const collect = (from: OperationDefinitionNode | FragmentDefinitionNode) =>
    visit(from, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (!fragment || found.has(fragment)) return;
        found.add(fragment);
        collect(fragment);
      },
    });
  collect(definition);
  return [...found];
}

function constantOf({ name }: FragmentDefinitionNode): string {
  return `fragment${name.value}`;
}

function textOf(node: OperationDefinitionNode | FragmentDefinitionNode): string {
  return JSON.stringify(stripIgnoredCharacters(print(node)));
}
