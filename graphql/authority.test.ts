import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { getNamedType, isCompositeType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_COOKIE } from '#services/accounts/cookies.ts';
import { here, makeWorld, PASSWORD } from '#testing/authority-world.ts';
import { openTestGraphQL, TestClient, type TestGraphQL } from '#testing/graphql.ts';
import { someoneWaits } from '#testing/network.ts';
import { createSession } from '#vault/sessions.ts';
import { schema } from './executable-schema.ts';

/** What the requests below act on. Each of them is refused, so it stays as it is. */
type World = Awaited<ReturnType<typeof makeWorld>>;

/**
 * They prove who somebody is, or end what they have: no access is needed. Those of a recovery come with its link. An
 * export is an address that is worth nothing without access; nothing is written.
 */
const withoutAuthority = [
  ...['signIn', 'signOut', 'setUpServer'],
  ...['checkRecovery', 'beginRecovery', 'tryRecoveryAgain'],
  'exportPlant',
];

/** Variables with which each mutation would succeed. One without a line here fails the test. */
const mutations: Record<string, (world: World) => Record<string, unknown>> = {
  confirmPassword: () => ({ password: PASSWORD }),
  recoveryKit: () => ({ password: PASSWORD }),
  checkRecoveryKit: ({ kitPart }) => ({ part: kitPart }),
  updateProfile: () => ({ input: { name: 'Another' } }),
  changePassword: () => ({ currentPassword: PASSWORD, newPassword: 'another long password' }),
  revokeSession: ({ otherSession }) => ({ id: otherSession }),
  createUser: ({ role }) => ({
    input: { email: 'new@example.net', name: 'New', password: PASSWORD, roleId: role },
  }),
  updateUser: ({ user }) => ({ id: user, input: { name: 'Renamed' } }),
  deleteUser: ({ user }) => ({ id: user }),
  createRole: () => ({ input: { name: 'New role', actions: ['network.view'] } }),
  updateRole: ({ role }) => ({ id: role, input: { name: 'Renamed', actions: [] } }),
  deleteRole: ({ role }) => ({ id: role }),
  createApiKey: () => ({ input: { name: 'New', actions: ['network.view'] } }),
  revokeApiKey: ({ apiKey }) => ({ id: apiKey }),
  updateNotificationSettings: () => ({ input: { locale: 'es' } }),
  addWebhook: () => ({ input: { url: 'https://93.184.216.34/' } }),
  removeWebhook: ({ webhook }) => ({ id: webhook }),
  testNotification: () => ({ channel: 'WEBHOOK' }),
  createBackup: () => ({ input: { name: 'New' } }),
  updateBackup: ({ backup }) => ({ id: backup, input: { name: 'Renamed' } }),
  deleteBackup: ({ backup }) => ({ id: backup }),
  testBackup: ({ backup }) => ({ id: backup }),
  prepareArchive: ({ backup }) => ({ id: backup }),
  createUpload: () => ({ input: { fileName: 'a.tar.gz.doz', size: '1000' } }),
  checkUpload: ({ upload }) => ({ id: upload }),
  updateSchedule: () => ({ input: { time: '04:00' } }),
  createDestination: ({ folders }) => ({ input: { name: 'New', url: `file://${folders[1]}` } }),
  updateDestination: ({ destination }) => ({ id: destination, input: { name: 'Renamed' } }),
  testDestination: ({ destination }) => ({ id: destination }),
  deleteDestination: ({ destination }) => ({ id: destination }),
  externalBackup: ({ backup, destination }) => ({ backupId: backup, destinationId: destination }),
  removeCopy: ({ gone, destination }) => ({ backupId: gone, destinationId: destination }),
  keepCopy: ({ gone, destination }) => ({ backupId: gone, destinationId: destination }),
  fetchBackup: ({ gone, destination }) => ({ backupId: gone, destinationId: destination }),
  stageRestore: ({ backup }) => ({ backupId: backup }),
  acknowledgeRowsDiffer: () => ({}),
  compareBackups: ({ backup }) => ({ from: backup }),
  bringBack: ({ compare }) => ({ compareId: compare, selection: { ids: [randomUUID()] } }),
  undoChangeSet: ({ changeSet }) => ({ id: changeSet }),
  goOnAfterRecovery: () => ({}),
  applyRestore: ({ staged }) => ({ id: staged, confirmName: 'A backup' }),
  undoRestore: ({ applied }) => ({ id: applied }),
  discardRestore: ({ staged }) => ({ id: staged }),
  cancelJob: ({ job }) => ({ id: job }),
  loadSample: () => ({ size: 'small' }),
  importPlant: ({ received }) => ({ input: { fileId: received } }),
  matchImport: ({ preview }) => ({
    id: preview,
    matching: { columns: [], groups: [], swapped: false },
  }),
  applyImport: ({ preview }) => ({ id: preview }),
  createProject: () => ({ input: { name: 'New' } }),
  updateProject: ({ project }) => ({ id: project, input: { name: 'Renamed' } }),
  deleteProject: ({ project }) => ({ id: project }),
  createPole: () => ({ input: { name: 'New', ...here } }),
  updatePole: ({ pole }) => ({ id: pole, input: { name: 'Renamed' } }),
  deletePole: ({ pole }) => ({ id: pole }),
  createBox: () => ({ input: { name: 'New', ...here } }),
  updateBox: ({ box }) => ({ id: box, input: { name: 'Renamed' } }),
  deleteBox: ({ box }) => ({ id: box }),
  createCable: () => ({ input: { name: 'New' } }),
  updateCable: ({ cable }) => ({ id: cable, input: { name: 'Renamed' } }),
  deleteCable: ({ cable }) => ({ id: cable }),
  createClient: () => ({ input: { name: 'New', ...here } }),
  updateClient: ({ client }) => ({ id: client, input: { name: 'Renamed' } }),
  deleteClient: ({ client }) => ({ id: client }),
  createPost: ({ pole }) => ({ input: { element: { kind: 'POLE', id: pole }, title: 'New' } }),
  updatePost: ({ post }) => ({ id: post, input: { title: 'Renamed' } }),
  deletePost: ({ post }) => ({ id: post }),
  deletePostFile: ({ file }) => ({ id: file }),
  createTag: () => ({ input: { name: 'New' } }),
  updateTag: ({ tag }) => ({ id: tag, input: { name: 'Renamed' } }),
  deleteTag: ({ tag }) => ({ id: tag }),
};

let graphql: TestGraphQL;
let world: World;

/** The document of a mutation that takes all its arguments as variables. */
function documentOf(name: string): string {
  const field = schema.getMutationType()?.getFields()[name];
  if (!field) throw new Error(`${name} is not in the schema`);
  const selected = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  if (field.args.length === 0) return `mutation { ${name}${selected} }`;
  const types = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  return `mutation (${types}) { ${name}(${args})${selected} }`;
}

/** A digest of every table but those that note requests themselves. */
async function everything(): Promise<string> {
  const { pool } = graphql.server;
  const { rows } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname IN ('plant', 'vault') AND tablename NOT IN ('session', 'rate_limit', 'audit_event')
      ORDER BY 1`,
  );
  const each = rows.map(
    ({ name }) =>
      `SELECT '${name}' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest FROM ${name} t`,
  );
  const found = await pool.query<{ digest: string }>(each.join(' UNION ALL '));
  return found.rows.map(({ digest }) => digest).join('\n');
}

/** Another session of the world's person. */
async function signedInAgain(): Promise<{ id: string; client: TestClient }> {
  const session = { userId: world.person.id, address: '', userAgent: '' };
  const { id, token } = await createSession(
    graphql.server.vault,
    session,
    graphql.server.config.sessionLife,
  );
  return { id, client: new TestClient(`${SESSION_COOKIE}=${token}`) };
}

/**
 * Sends a request with a session that somebody ends while it is under way: the end is written, and committed
 * once the request waits for it, or has been answered.
 */
async function whileSessionEnds(act: (client: TestClient) => Promise<string>): Promise<string> {
  const { id, client } = await signedInAgain();
  const other = await graphql.server.connect();
  try {
    await other.query('BEGIN');
    await other.query('UPDATE vault.session SET revoked_at = now() WHERE id = $1', [id]);
    const answering = act(client);
    await Promise.race([answering, someoneWaits(graphql.server)]);
    await other.query('COMMIT');
    return await answering;
  } finally {
    await other.end();
  }
}

async function send(client: TestClient, name: string): Promise<string> {
  const variables = mutations[name]?.(world) ?? {};
  const { status, code, errors } = await client.send(documentOf(name), variables);
  return `${status} ${code ?? ''} ${errors[0]?.extensions.reason ?? ''}`.trim();
}

beforeAll(async () => {
  graphql = await openTestGraphQL();
  world = await makeWorld(graphql);
});
afterAll(async () => {
  await graphql[Symbol.asyncDispose]();
  for (const folder of world.folders) await rm(folder, { recursive: true });
});

describe('access that ends while a request is under way', () => {
  test('has a line for every mutation of the schema', () => {
    const inSchema = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect([...Object.keys(mutations), ...withoutAuthority].sort()).toEqual(inSchema.sort());
  });

  test.each(Object.keys(mutations))('lets %s write nothing', async (name) => {
    const before = await everything();
    expect(await whileSessionEnds((client) => send(client, name))).toBe('401 UNAUTHENTICATED');
    expect(await everything()).toBe(before);
  });

  test('is found by this test to let something write that does not ask', async () => {
    const before = await everything();
    const { vault } = graphql.server;
    const answered = await whileSessionEnds(async () => {
      await vault.backup.update({ where: { id: world.backup }, data: { comment: 'unasked' } });
      return '200';
    });
    expect(answered).toBe('200');
    expect(await everything()).not.toBe(before);
  });

  test('counts from the last byte of a body, not from the first', async () => {
    const { id, client } = await signedInAgain();
    const before = await everything();
    const variables = mutations.createUser?.(world);
    const whole = JSON.stringify({ query: documentOf('createUser'), variables });
    const answer = await client.post(
      heldBack(whole, async () => {
        await graphql.server.vault.session.update({
          where: { id },
          data: { revokedAt: new Date() },
        });
      }),
    );
    expect(`${answer.status} ${answer.code}`).toBe('401 UNAUTHENTICATED');
    expect(await everything()).toBe(before);
  });
});

/** A body whose last byte is sent after `between`. */
function heldBack(text: string, between: () => Promise<void>): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(text);
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, -1));
      await between();
      controller.enqueue(bytes.subarray(-1));
      controller.close();
    },
  });
}
