import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { localActor, permitInPerson, systemActor } from '#services/permit.ts';
import { updateSchedule } from '#services/schedule/schedule.ts';
import { tickNights } from '#services/schedule/tick-nights.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';
import { authorColumns } from '#vault/actor.ts';
import { createApiKey } from '#vault/api-keys.ts';

let lab: TransferLab;
let clock = new Date('2026-11-19T12:00:00Z');
let me: Record<string, string>;
/** Of the nights of the 20th, 21st and 22nd; the second one is deleted. */
let backups: Backup[];

beforeAll(async () => {
  lab = await openTransferLab({ now: () => clock });
  await lab.addFile(100_000);
  me = await lab.web.signedIn(['backup.download']);
  const mayConfigure = await permitInPerson(lab.server, localActor('Ana'), 'backup.configure');
  await updateSchedule(lab.server, mayConfigure, { timeZone: 'America/Sao_Paulo' });
  for (const day of [20, 21, 22]) await night(`2026-11-${day}T05:00:00Z`);
  backups = await lab.server.vault.backup.findMany({ orderBy: { scheduledFor: 'asc' } });
});
afterAll(() => lab[Symbol.asyncDispose]());

/** The night of this instant with all that comes after it; what a deletion leaves to sweep takes its time. */
async function night(at: string) {
  clock = new Date(at);
  await tickNights(lab.server);
  const where = { endedAt: null, kind: { not: 'SWEEP' } };
  for (;;) {
    const job = await lab.server.vault.job.findFirst({ where });
    if (!job) return;
    await lab.worker.ended(job.id);
  }
}

function get(at: string, headers: Record<string, string> = me, method = 'GET') {
  return fetch(`${lab.web.url}/api/backups/automatic/${at}`, { method, headers });
}

const idOf = (response: Response) => response.headers.get('content-location')?.split('/')[3];
const backup = (n: number) => {
  const found = backups[n];
  if (!found) throw new Error(`There are ${backups.length} backups`);
  return found;
};

describe('the backup of a night', () => {
  test.each([
    '2026-11-22T05:00:00.000Z',
    '2026-11-22T05:00:00Z',
    '2026-11-22T05:00Z',
    '2026-11-22t05:00:00.000z',
    '2026-11-22T05%3A00%3A00.000Z',
    '2026-11-22T05:00:00.000000000Z',
    '2026-11-22T05:00:00+00:00',
    '2026-11-22T05:00:00-00:00',
    '2026-11-22T02:00:00-03:00',
    '2026-11-22T02:00-0300',
    '2026-11-22T10:45:00+05:45',
    '2026-11-22T10:45:00%2B05:45',
    '2026-11-21T22:00-07',
    '2026-11-22',
    '2026-11-22/',
    '2026-11-22?download=1',
    'latest',
    'LATEST',
  ])('comes by %s', async (at) => {
    const response = await get(at, { ...me, range: 'bytes=0-20' });
    expect(response.status).toBe(206);
    expect(idOf(response)).toBe(backup(2).id);
    expect(await response.text()).toBe('age-encryption.org/v1');
  });

  test('is the same archive, byte for byte, header for header, as by its id', async () => {
    const other = await fetch(`${lab.web.url}/api/backups/${backup(2).id}/archive`, {
      headers: me,
    });
    const response = await get('2026-11-22T05:00:00.000Z');
    const own = (headers: Headers) =>
      [...headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
    expect(own(response.headers)).toEqual(own(other.headers));
    expect(response.headers.get('content-disposition')).toContain('Automatic 2026-11-22 02_00');
    const [one, two] = [await response.arrayBuffer(), await other.arrayBuffer()];
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(true);
    expect(one.byteLength).toBe(Number(response.headers.get('content-length')));
  });

  test('comes by an API key that may download, and by no other', async () => {
    const { vault, plant } = lab.server;
    const role = await plant.role.create({
      data: { name: 'Keeper', actions: ['backup.download'] },
    });
    const owner = await plant.user.create({
      data: { name: 'Caio', email: 'caio@example.net', passwordHash: '', roleId: role.id },
    });
    const ask = async (actions: string[]) => {
      const key = { name: 'cron', owner, actions, expiresAt: null };
      const { secret } = await createApiKey(vault, key);
      return get('2026-11-22T05:00:00.000Z', { authorization: `Bearer ${secret}` }, 'HEAD');
    };
    expect((await ask(['backup.download'])).status).toBe(200);
    expect((await ask(['backup.view'])).status).toBe(403);
    const wrong = await get('latest', { authorization: 'Bearer fbk_nonsense', ...me }, 'HEAD');
    expect(wrong.status).toBe(401);
  });

  test('answers HEAD without a body, and other methods not at all', async () => {
    const response = await get('latest', me, 'HEAD');
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    const posted = await get('latest', me, 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(posted.headers.get('content-type')).toBe('application/problem+json');
    expect(await posted.json()).toMatchObject({
      code: 'METHOD_NOT_ALLOWED',
      hint: 'Use GET, HEAD.',
    });
  });

  test('is never one that a person requested', async () => {
    const mayCreate = await permitInPerson(lab.server, localActor('Ana'), 'backup.create');
    const input = { name: 'By hand', comment: '', includeFiles: false };
    await lab.worker.ended((await requestBackup(lab.server, mayCreate, input)).id);
    expect(idOf(await get('latest', me, 'HEAD'))).toBe(backup(2).id);
  });
});

describe('a miss', () => {
  const problem = async (at: string, headers = me) => {
    const response = await get(at, headers);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  test.each([
    'yesterday',
    '2026-11-22T05:00:00',
    '2026-11-22T05:00:00.000Z[UTC]',
    '20261122T050000Z',
    '2026-W47-7',
    '2026-11-31',
    '2026-11-31T05:00:00Z',
    '2026-11-22 05:00:00Z',
    '2026-11-22T05Z',
    '0000-01-01',
    '+002026-11-22T05:00:00Z',
    '1795323600',
    "'; DROP TABLE night; --",
    '%E0%A4%A',
    '%00',
  ])('of %s is a 400 that says what it takes', async (at) => {
    const { status, body } = await problem(at);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BAD_REQUEST', hint: expect.stringMatching(/takes|Write/) });
  });

  test('of a text of thousands of characters does not repeat all of it', async () => {
    const { status, body } = await problem('9'.repeat(7000));
    expect(status).toBe(400);
    expect(body.detail.length).toBeLessThan(200);
  });

  test('without a session is 401 and without the action 403, whether there is one or not', async () => {
    for (const at of ['latest', '2026-11-22', '2020-01-01', 'nonsense']) {
      expect((await problem(at, {})).body).toMatchObject({ code: 'UNAUTHENTICATED' });
      const manager = await lab.web.signedIn(['backup.view', 'backup.create', 'backup.restore']);
      const { status, body } = await problem(at, manager);
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  test.each([
    '2026-11-22T05:00:00.001Z',
    '2026-11-22T05:00:00.0000001Z',
    '2026-11-22T02:00:00Z',
    '2026-11-22T02:00:00-02:00',
  ])('of %s is 404 with the nearest instants there are', async (at) => {
    const { status, body } = await problem(at);
    expect(status).toBe(404);
    const nearest = [
      '2026-11-20T05:00:00.000Z',
      '2026-11-21T05:00:00.000Z',
      '2026-11-22T05:00:00.000Z',
    ];
    expect(nearest).toEqual(expect.arrayContaining(body.nearest));
    expect(body.nearest).toContain('2026-11-22T05:00:00.000Z');
    expect(body.hint).toContain(body.nearest[0]);
  });

  test('of a date long past or to come is 404 with the nearest ones', async () => {
    const first = ['2026-11-20T05:00:00.000Z', '2026-11-21T05:00:00.000Z'];
    expect((await problem('2020-01-01')).body).toMatchObject({ status: 404, nearest: first });
    const last = ['2026-11-21T05:00:00.000Z', '2026-11-22T05:00:00.000Z'];
    expect((await problem('2999-12-31T23:59:59-12:00')).body).toMatchObject({ nearest: last });
  });

  test('of a night whose backup was removed is 410, and says when and by whom', async () => {
    const bia = { ...localActor('Bia'), kind: 'PERSON' as const };
    const mayDelete = await permitInPerson(lab.server, bia, 'backup.delete');
    await deleteBackup(lab.server, mayDelete, backup(1).id);
    for (const at of ['2026-11-21', '2026-11-21T05:00:00.000Z']) {
      const { status, body } = await problem(at);
      expect(status).toBe(410);
      expect(body).toMatchObject({
        code: 'BACKUP_REMOVED',
        detail: expect.stringMatching(/by Bia/),
      });
      expect(body.nearest).toEqual(['2026-11-20T05:00:00.000Z', '2026-11-22T05:00:00.000Z']);
    }
  });

  test.each([
    ['the server itself', systemActor, /by retention\.$/],
    [
      'a person, whatever they are called',
      { kind: 'PERSON', id: null, name: 'Fiberkeep' },
      /by Fiberkeep\.$/,
    ],
  ] as const)('of a night whose backup was removed by %s says so', async (_who, by, detail) => {
    await lab.server.vault.night.updateMany({
      where: { removedAt: { not: null } },
      data: authorColumns('removedBy', by),
    });
    expect((await problem('2026-11-21')).body).toMatchObject({
      code: 'BACKUP_REMOVED',
      detail: expect.stringMatching(detail),
    });
  });

  test('of a night that the server was down for is 404, and says so', async () => {
    await night('2026-11-24T05:00:00Z');
    const { status, body } = await problem('2026-11-23');
    expect([status, body.detail]).toEqual([404, expect.stringContaining('was down that night')]);
    expect(idOf(await get('latest', me, 'HEAD'))).not.toBe(backup(2).id);
  });

  test('of a night that runs is 409 with Retry-After, and latest is the one before meanwhile', async () => {
    const before = idOf(await get('latest', me, 'HEAD'));
    await lab.worker.stop();
    clock = new Date('2026-11-25T05:00:00Z');
    await tickNights(lab.server);
    for (const at of ['2026-11-25', '2026-11-25T05:00:00Z']) {
      const { status, headers, body } = await problem(at);
      expect([status, body.code]).toEqual([409, 'NIGHT_RUNNING']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(idOf(await get('latest', me, 'HEAD'))).toBe(before);
  });
});
