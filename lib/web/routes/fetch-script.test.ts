import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '#launcher/root.ts';
import { localActor, permitInPerson } from '#services/permit.ts';
import { updateSchedule } from '#services/schedule/schedule.ts';
import { tickNights } from '#services/schedule/tick-nights.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';

const DAY = '2026-11-22';
const NAME = `fiberkeep-${DAY}.tar.gz.doz`;

let lab: TransferLab;
let clock = new Date('2026-11-21T12:00:00Z');
let key: string;
let whole: Buffer;
let folder: string;

/** CI installs these; elsewhere a machine may lack one. */
const missing = ['curl', 'openssl'].filter((name) => spawnSync(name, ['version']).error);
const isGnu = spawnSync('date', ['--version']).stdout?.includes('GNU') ?? false;

beforeAll(async () => {
  lab = await openTransferLab({ now: () => clock });
  await lab.addFile(200_000);
  key = (await lab.web.withKey(['backup.download'])).authorization ?? '';
  const mayConfigure = await permitInPerson(lab.server, localActor('Ana'), 'backup.configure');
  await updateSchedule(lab.server, mayConfigure, { timeZone: 'America/Sao_Paulo' });
  clock = new Date(`${DAY}T05:00:00Z`);
  await tickNights(lab.server);
  await workEnds();
  const url = `${lab.web.url}/api/backups/automatic/${DAY}`;
  whole = Buffer.from(await (await fetch(url, { headers: { authorization: key } })).arrayBuffer());
});
afterAll(() => lab[Symbol.asyncDispose]());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-fetch-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function workEnds(): Promise<void> {
  for (;;) {
    const job = await lab.server.vault.job.findFirst({ where: { endedAt: null } });
    if (!job) return;
    await lab.worker.ended(job.id);
  }
}

/** The first block of a document, as it stands there, that contains `words`. */
async function block(file: string, words: string): Promise<string> {
  const text = await readFile(path.join(root, file), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, inside = '']) => inside);
  const found = blocks.find((inside) => inside.includes(words));
  if (!found) throw new Error(`${file} has no block with ${words}`);
  return found;
}

/** Puts in what a person would, and fails if the text does not ask for it. */
function filledIn(script: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((text, [asked, value]) => {
    if (!text.includes(asked)) throw new Error(`The script does not say ${asked}`);
    return text.replaceAll(asked, value);
  }, script);
}

/** Runs a script in `folder`; resolves to its exit code and what it complained of. */
function runScript(text: string, args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn('sh', ['-s', '--', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (data) => {
    complaint += data;
  });
  child.stdin.end(text);
  return new Promise<{ code: number | null; complaint: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, complaint })),
  );
}

async function fetchNight(day = DAY) {
  await writeFile(path.join(folder, 'key'), `Authorization: ${key}\n`);
  const script = filledIn(await block('docs/operations.md', '# fetch-fiberkeep'), {
    'https://backup.example.net': lab.web.url,
    '/srv/backups': folder,
    '/etc/fiberkeep-key': path.join(folder, 'key'),
    '--retry 8 --retry-delay 60': '--retry 1 --retry-delay 1',
  });
  return runScript(script, [day]);
}

const fetched = () => readFile(path.join(folder, NAME));
const leavePart = (bytes: Buffer) => writeFile(path.join(folder, `${NAME}.part`), bytes);

describe.skipIf(missing.length > 0 || !isGnu)(
  `the script of docs/operations.md${missing.length > 0 ? `: ${missing} missing here` : ''}`,
  () => {
    test.each([
      ['no part', () => null],
      ['an empty part', () => Buffer.alloc(0)],
      ['half of it', () => whole.subarray(0, whole.length / 2)],
      ['the whole part', () => whole],
      ['a part that is too long', () => Buffer.concat([whole, randomBytes(100)])],
      ['a part as long of other bytes', () => randomBytes(whole.length)],
      ['a shorter part of other bytes', () => randomBytes(1000)],
    ])('fetches the night and ends well with %s', async (_case, part) => {
      const left = part();
      if (left) await leavePart(left);
      const { code, complaint } = await fetchNight();
      expect([code, complaint]).toEqual([0, '']);
      expect((await fetched()).equals(whole)).toBe(true);
      expect(await readdir(folder)).toEqual([NAME, 'key']);
    });

    test('continues a part and does not begin it anew', async () => {
      await leavePart(whole.subarray(0, 50_000));
      const before = await lab.server.vault.auditEvent.count();
      expect((await fetchNight()).code).toBe(0);
      const events = await lab.server.vault.auditEvent.findMany({ orderBy: { id: 'asc' } });
      const details = events.slice(before).map(({ detail }) => detail);
      expect(details).toEqual([expect.objectContaining({ from: 50_000, to: whole.length })]);
    });

    test('fails with the code of curl, and keeps the part, where the night has no backup', async () => {
      await leavePart(whole.subarray(0, 10));
      const { code, complaint } = await fetchNight('2026-11-23');
      expect([code, complaint]).toEqual([22, expect.stringContaining('404')]);
      expect(await readdir(folder)).not.toContain('fiberkeep-2026-11-23.tar.gz.doz');
      expect(await readdir(folder)).toContain(`${NAME}.part`);
    });
  },
);

describe.skipIf(missing.includes('curl'))('the line of the README', () => {
  test.each([
    ['no file', () => null],
    ['half of it', () => whole.subarray(0, whole.length / 2)],
    ['all of it', () => whole],
    ['a file that is too long', () => Buffer.concat([whole, randomBytes(100)])],
  ])('fetches the night and ends well with %s', async (_case, left) => {
    const file = path.join(folder, '2026-11-22.tar.gz.doz');
    const there = left();
    if (there) await writeFile(file, there);
    const line = filledIn(await block('README.md', 'curl '), {
      'https://backup.example.net': lab.web.url,
    });
    const secret = key.replace('Bearer ', '');
    expect((await runScript(line, [], { FIBERKEEP_KEY: secret })).code).toBe(0);
    expect((await readFile(file)).equals(whole)).toBe(true);
  });
});
