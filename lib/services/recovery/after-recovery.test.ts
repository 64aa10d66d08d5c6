import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configure, LostServer } from '#testing/lost-server.ts';
import { requestSend } from '../external/send-backup.ts';
import { permit, systemActor } from '../permit.ts';
import { findPause, goOnAfterRecovery } from './after-recovery.ts';

let lost: LostServer;

beforeAll(async () => {
  lost = await LostServer.open();
});
afterAll(() => lost[Symbol.asyncDispose]());

describe('after a recovery', () => {
  test('somebody says that the old server is gone: nights go on, and it is refused in the place', async () => {
    await using empty = await lost.recovered();
    const { server } = empty;
    const mayView = await permit(server, systemActor, 'backup.view');
    expect(await findPause(server, mayView)).toMatchObject({ destination: { name: 'NAS' } });
    await goOnAfterRecovery(server, await configure(server), { takeOver: true });
    expect(await findPause(server, mayView)).toBe(null);
    expect((await server.vault.schedule.findFirstOrThrow()).enabled).toBe(true);
    expect(await server.vault.destination.findFirstOrThrow()).toMatchObject({
      enabled: true,
      epoch: 2,
    });
    const mayCreate = await permit(lost.server, systemActor, 'backup.create');
    const old = await lost.server.vault.destination.findFirstOrThrow();
    await lost.server.vault.externalCopy.deleteMany();
    const job = await requestSend(lost.server, mayCreate, {
      backupId: lost.backup.id,
      destinationId: old.id,
    });
    expect(await lost.worker.ended(job.id)).toMatchObject({ error: { code: 'DESTINATION_LOST' } });
  });

  test('nights alone go on where the destination is left as it is', async () => {
    await using empty = await lost.recovered();
    const { server } = empty;
    await goOnAfterRecovery(server, await configure(server), { takeOver: false });
    expect((await server.vault.schedule.findFirstOrThrow()).enabled).toBe(true);
    expect((await server.vault.destination.findFirstOrThrow()).enabled).toBe(false);
    await expect(
      goOnAfterRecovery(server, await configure(server), { takeOver: false }),
    ).rejects.toMatchObject({ code: 'CONFLICT', reason: 'nothingPaused' });
  });
});
