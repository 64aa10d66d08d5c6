import { expect } from 'vitest';
import type { Backup, Job } from '#generated/vault/client.ts';
import type { DestinationInput } from '#services/external/destination-input.ts';
import type { DestinationView } from '#services/external/destination-queries.ts';
import { enqueueTend } from '#services/external/tend-destination.ts';
import { type DestinationLab, openDestinationLab } from './destinations.ts';
import { LOOPBACK } from './recovering-machine.ts';
import { KEYS, openS3Lab, type S3Lab } from './s3-lab.ts';
import { addFile } from './transfer.ts';

export const PREFIX = 'plant';
const FILE_BYTES = 50_000;

/** A server with a destination in a bucket of the strict double. */
export interface S3Stage extends AsyncDisposable {
  readonly lab: DestinationLab;
  readonly s3: S3Lab;
  readonly to: DestinationView;
  /** The place, as a person names it. */
  readonly place: DestinationInput;
}

export async function openS3Stage(
  input: DestinationInput = {},
  objectLock = false,
): Promise<S3Stage> {
  const s3 = await openS3Lab(1000, { objectLock });
  const lab = await openDestinationLab(LOOPBACK);
  const url = `s3://${s3.access.bucket}/${PREFIX}`;
  const place = { url, endpoint: s3.server.endpoint, ...KEYS };
  const close = async () => {
    await lab[Symbol.asyncDispose]();
    await s3[Symbol.asyncDispose]();
  };
  const to = await lab.addDestination({ ...place, ...input }).catch(async (thrown) => {
    await close();
    throw thrown;
  });
  return { lab, s3, to, place, [Symbol.asyncDispose]: close };
}

/** Waits until no job is under way but sweeps, which wait long. */
export async function settled({ server, worker }: DestinationLab): Promise<void> {
  for (;;) {
    const job = await server.vault.job.findFirst({
      where: { endedAt: null, kind: { not: 'SWEEP' } },
    });
    if (!job) return;
    await worker.ended(job.id);
  }
}

/** Sends a backup with a new pole and a new file there, and waits for what follows. */
export async function sendNew({ lab, to }: S3Stage, name: string): Promise<Backup> {
  await lab.addPole(name);
  await addFile(lab.server, await lab.may('network.edit'), FILE_BYTES);
  const backup = await lab.create(name);
  await lab.sent(to, backup);
  await settled(lab);
  return backup;
}

/** Names in the place, and the storage classes of what lies there. */
export function classesIn({ s3 }: S3Stage): Map<string, string> {
  const found = [...s3.server.objects].filter(([key]) => key.startsWith(`${PREFIX}/`));
  return new Map(
    found.map(([key, one]) => [key.slice(PREFIX.length + 1), one.storageClass ?? 'STANDARD']),
  );
}

/** Requests that read any of these objects. */
export function readsOf({ s3 }: S3Stage, names: readonly string[]): string[] {
  return s3.server.requests.filter(
    (one) => one.startsWith('GET ') && names.some((name) => one.includes(name)),
  );
}

/** How often a thaw was asked for. */
export function thawsAsked({ s3 }: S3Stage): number {
  return s3.server.requests.filter((one) => /^POST .*restore/.test(one)).length;
}

/** Looks after the destination once, without a restore test of a copy. */
export async function tend({ lab, to }: S3Stage): Promise<Job> {
  await lab.server.vault.externalCopy.updateMany({ data: { testedAt: new Date() } });
  await lab.server.vault.$transaction((tx) => enqueueTend(tx, to.id));
  const job = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'TEND_DESTINATION', endedAt: null },
  });
  const ended = await lab.worker.ended(job.id);
  expect(ended).toMatchObject({ status: 'SUCCEEDED', error: null });
  return ended;
}
