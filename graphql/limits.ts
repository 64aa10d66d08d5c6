import {
  BREAK,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { FiberkeepError } from '#errors';
import type { Asked } from './asked.ts';

/** The limits of one request. */
export const limits = {
  /** Bytes of the request's body. */
  bodyBytes: 1024 * 1024,
  /** Tokens of the document, counted while it is parsed. */
  tokens: 4000,
  /** The same for somebody who is not signed in. */
  entryTokens: 500,
  /** Fields and spreads as they are written. Validation takes time by the square of their number. */
  selections: 400,
  fragments: 50,
  depth: 7,
  aliases: 30,
  /** Objects that may have to be read if every page is full. */
  cost: 5000,
} as const;

/** What the pages need before somebody is signed in, and what tells which API this is. */
const ENTRY_FIELDS = [
  ...['me', 'setUpServer', 'signIn', 'signOut', 'version'],
  ...['recovery', 'checkRecovery', 'beginRecovery', 'tryRecoveryAgain'],
];
const META_FIELDS = ['__typename', '__schema', '__type'];
const ENTRY_SELECTIONS = 100;

/** What a list without `first` counts as: tags of an element, files of a post. */
const PLAIN_LIST = 10;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly cost: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, cost: 0 };

/**
 * Throws QUERY_TOO_COMPLEX where the document is too large to be validated, or its operation is too deep, has too
 * many aliases, or could touch too many objects. An object counts one, times the `first` of each list around it: a
 * literal, a variable or the schema's default. The document need not be valid.
 */
export function assertWithinLimits(
  schema: GraphQLSchema,
  { document, operation, variables }: Asked,
): void {
  refuseAbove('queryTooLarge', countSelections(document, limits.selections), limits.selections);
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  refuseAbove('queryTooManyFragments', fragments.length, limits.fragments);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return;
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue?.kind === Kind.INT ? Number(defaultValue.value) : undefined,
    ]),
  );
  const meter = new Meter(schema, document, { ...defaults, ...variables });
  const { depth, aliases, cost } = meter.selections(operation.selectionSet, root);
  refuseAbove('queryTooDeep', depth, limits.depth);
  refuseAbove('queryTooManyAliases', aliases, limits.aliases);
  refuseAbove('queryTooManyObjects', cost, limits.cost);
}

/**
 * For somebody who is not signed in: throws UNAUTHENTICATED for all but what the pages need before that, also for
 * what cannot be parsed. It takes no fragments at the root.
 */
export function assertForEntry(asked: Asked | null): void {
  const { document, operation } = asked ?? {};
  const isEntry =
    document &&
    operation?.selectionSet.selections.every(isEntryField) &&
    countSelections(document, ENTRY_SELECTIONS) <= ENTRY_SELECTIONS;
  if (!isEntry) throw new FiberkeepError('UNAUTHENTICATED');
}

function isEntryField(node: SelectionNode): boolean {
  return node.kind === Kind.FIELD && [...ENTRY_FIELDS, ...META_FIELDS].includes(node.name.value);
}

/** Counts no further than one above `most`. */
function countSelections(document: DocumentNode, most: number): number {
  let count = 0;
  const enter = () => (++count > most ? BREAK : undefined);
  visit(document, { Field: enter, FragmentSpread: enter, InlineFragment: enter });
  return count;
}

type LimitReason = `queryToo${'Deep' | 'Large' | 'ManyAliases' | 'ManyFragments' | 'ManyObjects'}`;

function refuseAbove(reason: LimitReason, found: number, max: number): void {
  if (found > max)
    throw new FiberkeepError('QUERY_TOO_COMPLEX', { reason, params: { found, max } });
}

class Meter {
  readonly #schema: GraphQLSchema;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #variables: Readonly<Record<string, unknown>>;
  /** Each fragment is measured once, or nested spreads would take exponential time. */
  readonly #measured = new Map<string, Measure>();

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.#schema = schema;
    this.#variables = variables;
    this.#fragments = new Map(
      document.definitions
        .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((fragment) => [fragment.name.value, fragment]),
    );
  }

  selections(set: SelectionSetNode, type: GraphQLNamedType): Measure {
    return set.selections
      .map((selection) => {
        if (selection.kind === Kind.FIELD) return this.#field(selection, type);
        if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(selection.name.value);
        const condition = selection.typeCondition?.name.value;
        return this.selections(
          selection.selectionSet,
          (condition !== undefined && this.#schema.getType(condition)) || type,
        );
      })
      .reduce(together, NOTHING);
  }

  #fragment(name: string): Measure {
    const known = this.#measured.get(name);
    if (known) return known;
    // A fragment that spreads itself is not valid, but it must not be measured for ever.
    this.#measured.set(name, NOTHING);
    const fragment = this.#fragments.get(name);
    const type = fragment && this.#schema.getType(fragment.typeCondition.name.value);
    const measure = fragment && type ? this.selections(fragment.selectionSet, type) : NOTHING;
    this.#measured.set(name, measure);
    return measure;
  }

  #field(node: FieldNode, parent: GraphQLNamedType): Measure {
    const aliases = node.alias ? 1 : 0;
    const hasFields = isObjectType(parent) || isInterfaceType(parent);
    // __schema and __type are not among them; production refuses those altogether.
    const field = hasFields ? parent.getFields()[node.name.value] : undefined;
    if (!field || !node.selectionSet) return { depth: 1, aliases, cost: 0 };
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return { depth: 1, aliases, cost: 0 };
    const inside = this.selections(node.selectionSet, type);
    return {
      depth: 1 + inside.depth,
      aliases: aliases + inside.aliases,
      cost: this.#count(node, field, parent) * (1 + inside.cost),
    };
  }

  /** How many objects the field may have for each parent. */
  #count(node: FieldNode, field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType): number {
    const first = field.args.find((arg) => arg.name === 'first');
    if (first) return Math.max(1, this.#first(node) ?? Number(first.defaultValue ?? PLAIN_LIST));
    // `first` is one level up, on the field that answers the connection.
    if (parent.name.endsWith('Connection')) return 1;
    return isListType(getNullableType(field.type)) ? PLAIN_LIST : 1;
  }

  #first(node: FieldNode): number | null {
    const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind !== Kind.VARIABLE) return null;
    const given = this.#variables[value.name.value];
    return typeof given === 'number' ? given : null;
  }
}

function together(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    cost: a.cost + b.cost,
  };
}
