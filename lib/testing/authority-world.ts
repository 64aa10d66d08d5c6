import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { currentStructure } from '#prisma/migrate.ts';
import type { Server } from '#services/server.ts';
import { createApiKey } from '#vault/api-keys.ts';
import { createSession } from '#vault/sessions.ts';
import { catalogued } from './catalogue.ts';
import type { TestClient, TestGraphQL } from './graphql.ts';

export const PASSWORD = 'correct horse battery staple';
export const here = { lat: 0, lng: 0 };

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

async function makeNetwork(server: Server, by: TestClient) {
  const pole = await made(by, 'createPole', { name: 'A pole', ...here });
  const post = await made(by, 'createPost', {
    element: { kind: 'POLE', id: pole },
    title: 'A post',
  });
  const { plant } = server;
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

async function makeRestores(server: Server, backupId: string) {
  const { vault } = server;
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
async function makeChanges(
  server: Server,
  { id: backupId, name: backupName }: { id: string; name: string },
) {
  const { keys, vault } = server;
  const by = { authorKind: 'SERVER', authorName: '' };
  const [compare, changeSet, jobId] = [randomUUID(), randomUUID(), randomUUID()];
  const now = new Date();
  const from = { fromBackupId: backupId, fromName: backupName, fromCreatedAt: now };
  const to = { toNow: true, toName: '', toCreatedAt: now };
  const ready = { status: 'READY', readyAt: now, tables: [], scratchSchema: 'compare_00' };
  await server.pool.query(
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

async function makeAccess(server: Server, person: { id: string; name: string }) {
  const { plant, vault } = server;
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
    server.config.sessionLife,
  );
  const { apiKey } = await createApiKey(vault, {
    name: 'A key',
    owner: person,
    actions: ['network.view'],
    expiresAt: null,
  });
  return { role: spare, user: user.id, otherSession: other.id, apiKey: apiKey.id };
}

async function makeDestination(server: Server) {
  const { vault } = server;
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
async function makeImports(server: Server) {
  const { vault } = server;
  const [received, preview] = [randomUUID(), randomUUID()];
  const file = { fileName: 'a.csv', bytes: 1n, authorKind: 'SERVER', authorName: '' };
  await vault.import.create({ data: { id: received, ...file } });
  const counts = [{ kind: 'pole', state: 'NEW', count: 1 }];
  const read = { status: 'READY', scratchSchema: 'import_00', shape: {}, matching: {}, counts };
  await vault.import.create({ data: { id: preview, ...file, ...read } });
  return { received, preview };
}

/** What each mutation of the schema may act on, and the person who asks for it. */
export async function makeWorld(graphql: TestGraphQL) {
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
    ...(await makeAccess(graphql.server, person)),
    ...(await makeRestores(graphql.server, backup.id)),
    ...(await makeChanges(graphql.server, backup)),
    ...(await makeNetwork(graphql.server, person)),
    ...(await makeDestination(graphql.server)),
    ...(await makeImports(graphql.server)),
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
