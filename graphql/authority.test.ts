import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getNamedType, isCompositeType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currentStructure } from '#prisma/migrate.ts';
import { SESSION_COOKIE } from '#services/accounts/cookies.ts';
import { catalogued } from '#testing/catalogue.ts';
import { openTestGraphQL, TestClient, type TestGraphQL } from '#testing/graphql.ts';
import { someoneWaits } from '#testing/network.ts';
import { createApiKey } from '#vault/api-keys.ts';
import { createSession } from '#vault/sessions.ts';
import { schema } from './executable-schema.ts';

/** What the requests below act on. Each of them is refused, so it stays as it is. */
type World = Awaited<ReturnType<typeof makeWorld>>;

const PASSWORD = 'correct horse battery staple';
const here = { lat: 0, lng: 0 };

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

/** The id of what a mutation of the network made. */
async function made(by: TestClient, name: string, input: object): Promise<string> {
  const [kind = ''] = /[A-Z].*/.exec(name) ?? [];
  const field = `${kind[0]?.toLowerCase()}${kind.slice(1)}`;
  const type = kind === 'Tag' ? 'TagInput' : `Create${kind}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${field} { id } } }`;
  return (
    (await by.send(query, { input })).read<Record<string, { id: string }>>(name)[field]?.id ?? ''
  );
}

async function makeNetwork(by: TestClient) {
  const pole = await made(by, 'createPole', { name: 'A pole', ...here });
  const post = await made(by, 'createPost', {
    element: { kind: 'POLE', id: pole },
    title: 'A post',
  });
  const { plant } = graphql.server;
  const sha256 = 'a'.repeat(64);
  await plant.storedFile.create({ data: { sha256, bytes: 1n } });
  const content = { sha256, name: 'a.txt', mediaType: 'text/plain' };
  return {
    pole,
    post,
    file: (await plant.postFile.create({ data: { postId: post, ...content } })).id,
    project: await made(by, 'createProject', { name: 'A project' }),
    box: await made(by, 'createBox', { name: 'A box', ...here }),
    cable: await made(by, 'createCable', { name: 'A cable' }),
    client: await made(by, 'createClient', { name: 'A client', ...here }),
    tag: await made(by, 'createTag', { name: 'A tag' }),
  };
}

async function makeRestores(backupId: string) {
  const { vault } = graphql.server;
  const structure = (await currentStructure('plant')) as never;
  const row = (status: string) => ({
    id: randomUUID(),
    backupId,
    backupName: 'A backup',
    backupCreatedAt: new Date(),
    status,
    jobId: randomUUID(),
    authorKind: 'SERVER',
    authorName: '',
    stageSchema: `plant_stage_${status.toLowerCase()}`,
    structure,
    goodUntil: new Date(Date.now() + 3_600_000),
  });
  const undoUntil = new Date(Date.now() + 3_600_000);
  const staged = await vault.restore.create({ data: row('STAGED') });
  const applied = await vault.restore.create({
    data: { ...row('APPLIED'), appliedAt: new Date(), undoUntil },
  });
  const kept = { replacedBy: 'APPLY', keepUntil: undoUntil, safetyBackupId: backupId };
  await vault.keptPlant.create({
    data: { schema: 'plant_prev_1', restoreId: applied.id, ...kept },
  });
  return { staged: staged.id, applied: applied.id };
}

/** A compare that is ready, rows brought back that can be undone, rows that differed, and a recovery that waits. */
async function makeChanges({ id: backupId, name: backupName }: { id: string; name: string }) {
  const { keys, vault } = graphql.server;
  const by = { authorKind: 'SERVER', authorName: '' };
  const [compare, changeSet, jobId] = [randomUUID(), randomUUID(), randomUUID()];
  const now = new Date();
  const from = { fromBackupId: backupId, fromName: backupName, fromCreatedAt: now };
  const to = { toNow: true, toName: '', toCreatedAt: now };
  const ready = { status: 'READY', readyAt: now, tables: [], scratchSchema: 'compare_00' };
  await graphql.server.pool.query(
    'CREATE SCHEMA compare_00; CREATE TABLE compare_00.intact AS SELECT true AS intact',
  );
  await vault.compare.create({ data: { id: compare, jobId, ...from, ...to, ...ready, ...by } });
  const { epoch } = await vault.plantState.findFirstOrThrow();
  const undoUntil = new Date(now.getTime() + 3_600_000);
  const applied = { status: 'APPLIED', appliedAt: now, undoUntil, epoch };
  const source = { backupId, backupName, backupCreatedAt: now };
  await vault.changeSet.create({ data: { id: changeSet, jobId, ...applied, ...source, ...by } });
  const distrust = { distrustedAt: now, backupId, tables: ['pole'] };
  await vault.rowMapTrust.upsert({ where: { id: 1 }, create: distrust, update: distrust });
  const ended = { serverId: keys.serverId, source: 'FILE', place: 'a.tar.gz.doz', endedAt: now };
  await vault.recovery.create({ data: { backupId, backupName, ...ended } });
  return { compare, changeSet };
}

async function makeAccess(person: { id: string; name: string }) {
  const { plant, vault } = graphql.server;
  const [role, spare] = [randomUUID(), randomUUID()];
  await plant.role.createMany({
    data: [role, spare].map((id) => ({ id, name: `Role ${id}`, actions: ['network.view'] })),
  });
  const user = await plant.user.create({
    data: { name: 'A', email: 'a@example.net', passwordHash: '', roleId: role },
  });
  const other = await createSession(
    vault,
    { userId: person.id, address: '', userAgent: '' },
    graphql.server.config.sessionLife,
  );
  const { apiKey } = await createApiKey(vault, {
    name: 'A key',
    owner: person,
    actions: ['network.view'],
    expiresAt: null,
  });
  return { role: spare, user: user.id, otherSession: other.id, apiKey: apiKey.id };
}

async function makeDestination() {
  const { vault } = graphql.server;
  const folders = await Promise.all(
    [0, 1].map(() => mkdtemp(path.join(tmpdir(), 'fiberkeep-authority-'))),
  );
  const id = randomUUID();
  const access = { kind: 'FOLDER', folder: folders[0] };
  const by = { createdByKind: 'SERVER', createdByName: '' };
  await vault.destination.create({ data: { id, name: 'NAS', access, ...by } });
  const gone = randomUUID();
  const copy = { name: 'Gone', kind: 'MANUAL', createdAt: new Date(), status: 'HERE' };
  await vault.externalCopy.create({
    data: { destinationId: id, backupId: gone, manifestObject: `manifests/${gone}.1`, ...copy },
  });
  return { folders, destination: id, gone };
}

/** A file that was received, and one that was read. */
async function makeImports() {
  const { vault } = graphql.server;
  const [received, preview] = [randomUUID(), randomUUID()];
  const file = { fileName: 'a.csv', bytes: 1n, authorKind: 'SERVER', authorName: '' };
  await vault.import.create({ data: { id: received, ...file } });
  const counts = [{ kind: 'pole', state: 'NEW', count: 1 }];
  const read = { status: 'READY', scratchSchema: 'import_00', shape: {}, matching: {}, counts };
  await vault.import.create({ data: { id: preview, ...file, ...read } });
  return { received, preview };
}

async function makeWorld() {
  const { vault } = graphql.server;
  const person = await graphql.signedInAs('Administrator');
  const backup = await catalogued(graphql.server, { kind: 'MANUAL' });
  const by = { authorKind: 'PERSON', authorId: person.id, authorName: person.name };
  const requested = { requestedByKind: 'PERSON', requestedByName: '', input: {} };
  const webhook = { createdByKind: 'PERSON', createdByName: '', secret: Buffer.from('x') };
  const expiresAt = new Date(Date.now() + 3_600_000);
  const upload = { fileName: 'a', size: 10n, status: 'FAILED', expiresAt, ...by };
  const job = await vault.job.create({ data: { id: randomUUID(), kind: 'SAMPLE', ...requested } });
  const ids = {
    backup: backup.id,
    job: job.id,
    upload: (await vault.upload.create({ data: { id: randomUUID(), ...upload } })).id,
    webhook: (
      await vault.webhook.create({
        data: { id: randomUUID(), url: 'https://93.184.216.34/', ...webhook },
      })
    ).id,
    ...(await makeAccess(person)),
    ...(await makeRestores(backup.id)),
    ...(await makeChanges(backup)),
    ...(await makeNetwork(person)),
    ...(await makeDestination()),
    ...(await makeImports()),
  };
  const kept = { person, kitPart: await kitPart(person), ...ids };
  await vault.recoveryKit.updateMany({ data: { checkedAt: new Date() } });
  return kept;
}

async function kitPart(person: TestClient): Promise<string> {
  const query =
    'mutation ($password: String!) { recoveryKit(password: $password) { kit { serverKeyGroups } state { askedGroups } } }';
  const { kit, state } = (await person.send(query, { password: PASSWORD })).read<{
    kit: { serverKeyGroups: string[] };
    state: { askedGroups: number[] };
  }>('recoveryKit');
  return state.askedGroups.map((group) => kit.serverKeyGroups[group - 1]).join('');
}

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
  world = await makeWorld();
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
