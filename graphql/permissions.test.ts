import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  parse,
  subscribe,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asFiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import type { Action } from '#services/permit.ts';
import { catalogued } from '#testing/catalogue.ts';
import { openTestGraphQL, type TestClient, type TestGraphQL } from '#testing/graphql.ts';
import { inPerson, type Needs, operations, roles } from '#testing/permission-table.ts';
import { createContext } from './context.ts';
import { schema } from './executable-schema.ts';
import { resolvers } from './resolvers/index.ts';

/** The document that calls one operation with the least that it takes: empty texts and ids of nothing. */
function callOf(operation: string): string {
  const [root = '', name = ''] = operation.split('.');
  const type = schema.getType(root);
  if (!type || !('getFields' in type)) throw new Error(`${root} is not in the schema`);
  const field = type.getFields()[name];
  if (!field || !('args' in field)) throw new Error(`${operation} is not in the schema`);
  const given = field.args.filter(isRequired).map((arg) => `${arg.name}: ${least(arg.type)}`);
  const args = given.length > 0 ? `(${given.join(', ')})` : '';
  const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  return `${root.toLowerCase()} { ${name}${args}${selection} }`;
}

function isRequired(arg: GraphQLArgument): boolean {
  return isNonNullType(arg.type) && arg.defaultValue === undefined;
}

function least(type: GraphQLInputType): string {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (!isInputObjectType(type))
    return (
      { ID: `"${randomUUID()}"`, Int: '0', Float: '0', Boolean: 'false', BigInt: '"0"' }[
        type.name
      ] ?? '""'
    );
  const fields = Object.values(type.getFields()).filter(isRequiredInputField);
  return `{ ${fields.map((field) => `${field.name}: ${least(field.type)}`).join(', ')} }`;
}

/** Every operation that has a resolver, sign-out last because it ends the session that the others need. */
function callable(): string[] {
  const all = resolvers.flatMap(({ Query = {}, Mutation = {}, Subscription = {} }) =>
    Object.entries({ Query, Mutation, Subscription }).flatMap(([root, fields]) =>
      Object.keys(fields).map((name) => `${root}.${name}`),
    ),
  );
  return [...all.filter((operation) => operation !== 'Mutation.signOut'), 'Mutation.signOut'];
}

type Verdict = 'answered' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'INTERNAL';

function verdict(code: string | null): Verdict {
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' || code === 'INTERNAL') return code;
  return 'answered';
}

let graphql: TestGraphQL;

async function ask(client: TestClient, operation: string): Promise<Verdict> {
  if (operation.startsWith('Subscription.')) return askForEvents(client, callOf(operation));
  return verdict((await client.send(callOf(operation))).code);
}

/** A subscription that hears of an event was answered. */
async function askForEvents(client: TestClient, query: string): Promise<Verdict> {
  const headers = client.credentials;
  const request = new Request('http://localhost:3000/api/graphql/stream', { headers });
  const contextValue = await createContext(request, () => {});
  const events = await subscribe({ schema, document: parse(query), contextValue });
  if (!(Symbol.asyncIterator in events)) return verdict(codeOf(events.errors));
  let answered = false;
  const first = events
    .next()
    .then(({ value }) => value)
    .catch((thrown: unknown) => ({ errors: [{ originalError: thrown }] }))
    .finally(() => {
      answered = true;
    });
  // Until it listens, nobody hears.
  while (!answered) {
    await publish(graphql.server.vault, { kind: 'JOBS_CHANGED', id: randomUUID() });
    await sleep(20);
  }
  events.return(undefined).catch(() => {});
  return verdict(codeOf((await first)?.errors));
}

function codeOf(errors: readonly { originalError?: unknown }[] | undefined): string | null {
  return errors?.[0] ? asFiberkeepError(errors[0].originalError).code : null;
}

function expected(needs: Needs | undefined, actions: readonly Action[] | null): Verdict {
  if (needs === 'nothing') return 'answered';
  if (actions === null) return 'UNAUTHENTICATED';
  if (needs === 'session' || needs === undefined) return 'answered';
  return actions.includes(needs) ? 'answered' : 'FORBIDDEN';
}

async function verdicts(client: TestClient): Promise<Record<string, Verdict>> {
  const answers: Record<string, Verdict> = {};
  for (const operation of callable()) answers[operation] = await ask(client, operation);
  return answers;
}

function allExpected(actions: readonly Action[] | null): Record<string, Verdict> {
  return Object.fromEntries(
    callable().map((operation) => [operation, expected(operations[operation], actions)]),
  );
}

describe('who may call what', () => {
  beforeAll(async () => {
    graphql = await openTestGraphQL();
  });
  afterAll(() => graphql[Symbol.asyncDispose]());

  test('has a line in the table for every operation of the schema, and no other', () => {
    const inSchema = ['Query', 'Mutation', 'Subscription'].flatMap((root) => {
      const type = schema.getType(root);
      const fields = type && 'getFields' in type ? Object.keys(type.getFields()) : [];
      return fields.map((name) => `${root}.${name}`);
    });
    expect(Object.keys(operations).sort()).toEqual(inSchema.sort());
  });

  test('has a resolver for every operation, so that none goes unasked below', () => {
    expect(callable().sort()).toEqual(Object.keys(operations).sort());
  });

  test('answers callers without a session only what needs none', async () => {
    expect(await verdicts(graphql.anyone)).toEqual(allExpected(null));
  });

  test('gives the built-in roles exactly their actions', async () => {
    const rows = await graphql.server.plant.role.findMany();
    const found = Object.fromEntries(rows.map((role) => [role.name, role.actions]));
    expect(found).toEqual(roles);
  });

  for (const [role, actions] of Object.entries(roles))
    test(`answers ${role} what its actions allow and refuses everything else`, async () => {
      const client = await graphql.signedInAs(role);
      expect(await verdicts(client)).toEqual(allExpected(actions));
    });

  for (const [role, actions] of Object.entries(roles))
    test(`answers a key of an administrator with the actions of ${role} no more than these, and nothing that is for people`, async () => {
      const administrator = await graphql.signedInAs('Administrator');
      const { client } = await administrator.makeKey(actions);
      const expectedOfKey = Object.entries(allExpected(actions)).map(([operation, answer]) => [
        operation,
        inPerson.includes(operation) ? 'FORBIDDEN' : answer,
      ]);
      expect(await verdicts(client)).toEqual(Object.fromEntries(expectedOfKey));
    });

  describe.each(Object.entries(roles))('lets %s', (role, actions) => {
    const unpin =
      'mutation ($id: ID!) { updateBackup(id: $id, input: { pinned: false }) { backup { pinned } } }';
    const expectedOf = (needs: Action[]) =>
      needs.every((action) => actions.includes(action)) ? null : 'FORBIDDEN';

    test.each([
      ['AUTOMATIC', ['backup.create', 'backup.delete']],
      ['SAFETY', ['backup.create', 'backup.delete']],
      ['MANUAL', ['backup.create']],
      ['UPLOADED', ['backup.create']],
    ] as [string, Action[]][])('unpin a backup that is %s by %j', async (kind, needs) => {
      const { id } = await catalogued(graphql.server, { kind, pinned: true });
      const client = await graphql.signedInAs(role);
      expect((await client.send(unpin, { id })).code).toBe(expectedOf(needs));
      const { pinned } = await graphql.server.vault.backup.findUniqueOrThrow({ where: { id } });
      expect(pinned).toBe(expectedOf(needs) !== null);
    });
  });

  test('audits a refusal: who, from where, and what', async () => {
    const seller = await graphql.signedInAs('Seller');
    await seller.send('{ users { totalCount } }');
    const refused = await graphql.server.vault.auditEvent.findFirst({
      where: { actorId: seller.id, action: 'users.manage' },
    });
    expect(refused).toMatchObject({ outcome: 'REFUSED', address: '192.0.2.7' });
  });

  test('takes an action away at once from everybody with the role', async () => {
    const { server } = graphql;
    const role = await server.plant.role.create({
      data: { name: 'Auditor', actions: ['audit.view'] },
    });
    const auditor = await graphql.signedInAs('Auditor');
    expect((await auditor.send('{ auditEvents { totalCount } }')).code).toBe(null);
    await server.plant.role.update({ where: { id: role.id }, data: { actions: [] } });
    expect((await auditor.send('{ auditEvents { totalCount } }')).code).toBe('FORBIDDEN');
  });
});
