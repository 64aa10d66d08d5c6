import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Decrypter } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { until } from '#testing/process-tree.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';

const WITHIN = 240_000;
const HEX = 'ab54a98ceb1f0ad2ab54a98ceb1f0ad2ab54a98ceb1f0ad2ab54a98ceb1f0ad2';
const person = { email: 'ana@example.net', password: 'correct horse battery' };

let database: TestDatabase;
let dataDir: string;
let server: RunningServer;
let cookie = '';
/** Every answer of the server except the kit itself. */
const answers: string[] = [];

beforeAll(async () => {
  database = await openTestDatabase({ migrated: false });
  dataDir = await mkdtemp(path.join(tmpdir(), 'fiberkeep-kept-'));
  server = await startRealServer({
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: '',
    LOG_LEVEL: 'trace',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    SERVER_KEY: HEX,
    ADMIN_EMAIL: person.email,
    ADMIN_PASSWORD: person.password,
  });
}, WITHIN);
afterAll(async () => {
  await server.stop();
  await database[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask(query: string, variables: object = {}): Promise<string> {
  const response = await fetch(`${server.url}/api/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ query, variables }),
  });
  cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? '';
  return `${JSON.stringify([...response.headers])} ${await response.text()}`;
}

async function keep(query: string, variables: object = {}): Promise<string> {
  const answer = await ask(query, variables);
  answers.push(answer);
  return answer;
}

const showKit = (password: string) =>
  ask(
    'mutation ($password: String!) { recoveryKit(password: $password) { kit { serverKey ageIdentity } } }',
    { password },
  );

test('the server key shows up in the kit, and nowhere else: log, answers, store, backup, database', {
  timeout: WITHIN,
}, async () => {
  await keep(
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { name } } } }',
    person,
  );
  answers.push(await showKit('not the password'));
  const kit = await showKit(person.password);
  const serverKey = /FIBERKEEP-KEY1\w+/.exec(kit)?.[0] ?? '';
  const identity = /AGE-SECRET-KEY-1\w+/.exec(kit)?.[0] ?? '';
  expect([serverKey.length, identity.length]).toEqual([72, 74]);
  await keep('mutation ($part: String!) { checkRecoveryKit(part: $part) { state { checked } } }', {
    part: serverKey,
  });
  await keep('{ kitState { serverId saved askedGroups } auditEvents { nodes { action detail } } }');
  const archive = await madeArchive();
  const inside = await openedWith(identity, archive);
  expect(inside.includes('user_account.copy')).toBe(true);
  for (const page of ['/settings/recovery-kit', '/backup', '/api/health'])
    answers.push(await (await fetch(`${server.url}${page}`, { headers: { cookie } })).text());

  const secrets = [serverKey, serverKey.slice(20, 40), identity, HEX].map((secret) =>
    secret.toLowerCase(),
  );
  const raw = [Buffer.from(HEX, 'hex'), Buffer.from(Buffer.from(HEX, 'hex').toString('base64'))];
  expect(server.said()).toContain('Fiberkeep runs at');
  const places: [string, Buffer][] = [
    ['the log', Buffer.from(server.said())],
    ...answers.map((answer, n): [string, Buffer] => [`answer ${n}`, Buffer.from(answer)]),
    ['the archive', archive],
    ['what is in the archive', inside],
    ['the database', Buffer.from(await allRows())],
    ...(await allFiles()),
  ];
  for (const [place, bytes] of places) {
    const text = bytes.toString('latin1').toLowerCase();
    const found = secrets.some((secret) => text.includes(secret));
    expect([place, found || raw.some((secret) => bytes.includes(secret))]).toEqual([place, false]);
  }
});

async function madeArchive(): Promise<Buffer> {
  await keep('mutation { createBackup(input: { name: "Kept" }) { job { id } } }');
  const url = async () =>
    /\/api\/backups\/[^"]+/.exec(await keep('{ backups { nodes { archiveUrl } } }'))?.[0];
  await until(async () => (await url()) !== undefined, WITHIN);
  const response = await fetch(`${server.url}${await url()}`, { headers: { cookie } });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function openedWith(identity: string, archive: Buffer): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return gunzipSync(await decrypter.decrypt(new Uint8Array(archive)));
}

async function allRows(): Promise<string> {
  const client = await database.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema IN ('plant', 'vault')`,
  );
  let all = '';
  for (const { name } of tables)
    for (const { text } of (await client.query(`SELECT t::text AS text FROM ${name} t`)).rows)
      all += `${text}\n`;
  await client.end();
  return all;
}

async function allFiles(): Promise<[string, Buffer][]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(3);
  return Promise.all(
    files.map(async (entry): Promise<[string, Buffer]> => {
      const file = path.join(entry.parentPath, entry.name);
      return [file, await readFile(file)];
    }),
  );
}
