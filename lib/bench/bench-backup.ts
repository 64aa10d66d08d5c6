import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { BackupMetadata } from '#engine/ports.ts';

export async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}

/** What a backup of a bench says of itself. */
export function benchMetadata(serverId: string): BackupMetadata {
  return {
    backupId: randomUUID(),
    serverId,
    name: 'Bench',
    givenName: null,
    comment: '',
    author: { kind: 'PERSON', id: null, name: 'bench' },
    kind: 'MANUAL',
    createdAt: new Date().toISOString(),
    scheduledFor: null,
    includesFiles: true,
  };
}
