import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Backup, Job } from '#generated/vault/client.ts';
import type { DestinationInput } from '#services/external/destination-input.ts';
import { type DestinationView, viewOf } from '#services/external/destination-queries.ts';
import { requireRow } from '#services/external/destinations.ts';
import { requestSend } from '#services/external/send-backup.ts';
import { createDestination } from '#services/external/set-up-destination.ts';
import { openRestoreLab, RestoreLab } from './restores.ts';
import type { TestServer } from './server.ts';

/** A server with a plant, and a folder that stands for a NAS. */
export class DestinationLab extends RestoreLab {
  readonly folder: string;

  constructor(opened: TestServer, folder: string) {
    super(opened);
    this.folder = folder;
  }

  get url(): string {
    return `file://${this.folder}`;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  async addDestination(input: DestinationInput = {}): Promise<DestinationView> {
    const permit = await this.may('backup.configure');
    const row = await createDestination(
      this.server,
      permit,
      { name: 'NAS', url: this.url, ...input },
      { hasKit: true },
    );
    return viewOf(this.server, row);
  }

  async view({ id }: Pick<DestinationView, 'id'>): Promise<DestinationView> {
    return viewOf(this.server, await requireRow(this.server, id));
  }

  /** Sends the backup, and waits for that to end. */
  async send(to: Pick<DestinationView, 'id'>, backup: Backup): Promise<Job> {
    const ids = { backupId: backup.id, destinationId: to.id };
    const asked = await requestSend(this.server, await this.may('backup.create'), ids);
    return this.worker.ended(asked.id);
  }

  async sent(to: Pick<DestinationView, 'id'>, backup: Backup): Promise<Job> {
    const job = await this.send(to, backup);
    expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
    return job;
  }
}

export async function openDestinationLab(
  env: Record<string, string> = {},
): Promise<DestinationLab> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-nas-'));
  const { opened, worker } = await openRestoreLab(env);
  await worker.stop();
  return new DestinationLab(opened, folder);
}
