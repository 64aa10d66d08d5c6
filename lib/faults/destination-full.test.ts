import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DestinationLab } from '#testing/destinations.ts';
import { openRestoreLab } from '#testing/restores.ts';
import { openSmallDisk } from './small-disk.ts';

const DISK_BYTES = 16 * 1024 * 1024;

test('a destination that is full says so, harms nothing here, and goes on once there is room', async (context) => {
  await using disk = await openSmallDisk(DISK_BYTES);
  if (!disk.real) return context.skip('No small disk can be mounted here.');
  const { opened, worker } = await openRestoreLab();
  await worker.stop();
  const folder = path.join(disk.folder, 'nas');
  await mkdir(folder);
  await using lab = new DestinationLab(opened, folder);
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  disk.fill();
  expect(await lab.send(to, backup)).toMatchObject({
    status: 'FAILED',
    error: { code: 'DESTINATION_UNUSABLE', reason: 'placeFull' },
  });
  expect(await lab.view(to)).toMatchObject({ state: 'FAILING', error: { reason: 'placeFull' } });
  expect(await readdir(folder)).not.toContain('manifests');
  const another = await lab.create('Tuesday');
  expect(another.status).toBe('READY');
  await disk.free();
  await lab.sent(to, backup);
  expect((await lab.view(to)).newest).toMatchObject({ name: 'Monday', status: 'HERE' });
});
