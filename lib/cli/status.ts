import type { Command } from 'commander';
import { listJobs } from '#services/activity/job-queries.ts';
import { findNewestBackup, listBackups } from '#services/backups/backup-queries.ts';
import { summarizeNetwork } from '#services/network/element-queries.ts';
import { vaultUrl } from '#services/vault-store/open-stores.ts';
import { addCommand, type Context } from './command.ts';
import { formatCount, formatTime, plain } from './format.ts';
import { backupView, jobView } from './views.ts';

export function addStatus(program: Command): void {
  addCommand(program, 'status', 'what runs, and what there is', (command) => command, showStatus);
}

async function showStatus({ session, out }: Context): Promise<void> {
  const { server, running } = session;
  const mayView = await session.permit('backup.view');
  const [network, backups, newest, jobs] = await Promise.all([
    summarizeNetwork(server, await session.permit('network.view')),
    listBackups(server, mayView, { first: 1 }),
    findNewestBackup(server, mayView),
    listJobs(server, session.actor, { active: true }),
  ]);
  const objects = vaultUrl(server.config);
  const document = {
    running: running !== null,
    url: running?.url ?? null,
    pid: running?.pid ?? null,
    startedAt: running?.startedAt ?? null,
    dataDir: server.config.dataDir,
    vaultUrl: objects,
    databaseUrl: server.databaseUrl,
    network,
    backups: { totalCount: backups.totalCount, newest: newest && backupView(newest) },
    jobs: jobs.items.map(jobView),
  };
  out.answer(document, [
    running ? `Running at ${running.url} (process ${running.pid})` : 'Not running',
    `Data      ${server.config.dataDir}`,
    `Objects   ${objects}`,
    `Network   ${summary(network)}`,
    `Backups   ${formatCount(backups.totalCount)}${
      newest
        ? `, the newest “${plain(newest.name)}” of ${formatTime(newest.createdAt, session.timeZone)}`
        : ''
    }`,
    ...jobs.items.map((job) => `Job       ${job.kind} ${job.status} ${job.phase}`.trimEnd()),
  ]);
}

function summary(counts: object): string {
  return Object.entries(counts)
    .map(([name, count]) => `${formatCount(Number(count))} ${name}`)
    .join(', ');
}
