import { Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import manifest from '#package.json' with { type: 'json' };
import type { ChangeCounts } from '../changes/backup-changes.ts';
import { newestChanges } from '../changes/changes-rows.ts';
import { type DestinationHealth, findDestinationStates } from '../external/destination-queries.ts';
import type { Server } from '../server.ts';
import { type Health, type HealthProblemCode, readHealth } from './health.ts';
import { countBackups, countJobs, countNights } from './health-rows.ts';

const LEVELS = { OK: 0, WARNING: 1, ALARM: 2 } as const;
const nightStatuses = ['WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'MISSED'];
const jobStatuses = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'];
const backupKinds = ['MANUAL', 'AUTOMATIC', 'INTRADAY', 'SAFETY', 'UPLOADED'];
const problemCodes: readonly HealthProblemCode[] = [
  'NO_BACKUP',
  'CLOCK_WRONG',
  'NIGHT_FAILED',
  'NIGHT_MISSED',
  'INTRADAY_FAILED',
  'OVERDUE',
  'RESTORE_TEST_FAILED',
  'UNTESTED',
  'NOT_RESTORABLE',
  'ROWS_DIFFER',
  'UNUSUAL_CHANGES',
  'DISK_FULL',
  'DISK_LOW',
  'SWEEP_STUCK',
  'VAULT_UNAVAILABLE',
  'SCHEDULE_OFF',
  'EXTERNAL_DAMAGED',
  'EXTERNAL_FAILED',
  'EXTERNAL_LOST',
  'EXTERNAL_OVERDUE',
  'EXTERNAL_UNREADABLE',
];

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];

/**
 * The health of the server as OpenMetrics text. Each scrape reads everything, so every web process answers the same.
 * Unknown values have no sample.
 */
export async function readMetrics(
  server: Server,
): Promise<{ readonly contentType: string; readonly text: string }> {
  const [health, destinations, backups, nights, jobs] = await Promise.all([
    readHealth(server),
    findDestinationStates(server),
    countBackups(server.vault),
    countNights(server.vault),
    countJobs(server.vault),
  ]);
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const gauge = (name: string, help: string, ...samples: Sample[]) =>
    setGauge(registry, name, help, samples);
  gauge('fiberkeep_build_info', 'The version of the server.', [{ version: manifest.version }, 1]);
  standing(gauge, health);
  bytes(gauge, health);
  external(gauge, destinations);
  externalUse(gauge, destinations);
  gauge(
    'fiberkeep_backups',
    'Backups that can be restored, by kind and by whether their last restore test succeeded.',
    ...backupKinds.flatMap((kind) =>
      [true, false].map((tested): Sample => {
        const found = backups.find((one) => one.kind === kind && one.tested === tested);
        return [{ kind: kind.toLowerCase(), tested: String(tested) }, found?.count ?? 0];
      }),
    ),
  );
  changes(gauge, await newestChanges(server.vault, server.now()));
  gauge('fiberkeep_nights', 'Nights in the ledger, by status.', ...byStatus(nightStatuses, nights));
  gauge('fiberkeep_jobs', 'Jobs, by status.', ...byStatus(jobStatuses, jobs));
  return { contentType: registry.contentType, text: await registry.metrics() };
}

type AddGauge = (name: string, help: string, ...samples: Sample[]) => void;

function standing(gauge: AddGauge, health: Health): void {
  const { lastGood, lastAutomatic, lastTested, nextRunAt, overdue, failed } = health;
  const codes = new Set(health.problems.map(({ code }) => code));
  gauge(
    'fiberkeep_last_success_timestamp_seconds',
    'When the newest manual or automatic backup was made.',
    [{}, seconds(lastGood?.createdAt)],
  );
  gauge(
    'fiberkeep_last_automatic_success_timestamp_seconds',
    'When the newest automatic backup was made.',
    [{}, seconds(lastAutomatic?.createdAt)],
  );
  gauge('fiberkeep_last_tested_timestamp_seconds', 'When the newest tested backup was made.', [
    {},
    seconds(lastTested?.createdAt),
  ]);
  gauge(
    'fiberkeep_last_restore_test_timestamp_seconds',
    'When the restore test of that backup ended.',
    [{}, seconds(lastTested?.testedAt)],
  );
  gauge('fiberkeep_restore_seconds', 'How long that restore test took to restore the network.', [
    {},
    lastTested?.restoreSeconds ?? null,
  ]);
  gauge('fiberkeep_next_run_timestamp_seconds', 'When the next automatic backup is due.', [
    {},
    seconds(nextRunAt),
  ]);
  gauge('fiberkeep_overdue', '1 while an automatic backup is overdue.', [{}, +overdue]);
  gauge('fiberkeep_failed', '1 if the last night or restore test failed.', [{}, +failed]);
  gauge('fiberkeep_health_level', '0 OK, 1 warning, 2 alarm.', [{}, LEVELS[health.level]]);
  gauge(
    'fiberkeep_problem',
    '1 for each current problem.',
    ...problemCodes.map((code): Sample => [{ code: code.toLowerCase() }, +codes.has(code)]),
  );
}

function bytes(gauge: AddGauge, { storage }: Health): void {
  const number = (value: bigint | null) => (value === null ? null : Number(value));
  gauge('fiberkeep_disk_free_bytes', 'Free bytes on the disk of the backups.', [
    {},
    number(storage.freeBytes),
  ]);
  gauge('fiberkeep_disk_size_bytes', 'Size of that disk.', [{}, number(storage.totalBytes)]);
  gauge(
    'fiberkeep_disk_full_timestamp_seconds',
    'When that disk will be full at the current rate.',
    [{}, seconds(storage.forecast.fullAt)],
  );
  gauge(
    'fiberkeep_store_bytes',
    'Bytes stored, by kind.',
    [{ of: 'backups' }, number(storage.backupBytes)],
    [{ of: 'post_files' }, number(storage.postFileBytes)],
    [{ of: 'database' }, number(storage.databaseBytes)],
  );
  gauge('fiberkeep_next_backup_bytes', 'What the next backup may need.', [
    {},
    number(storage.forecast.nextBackupBytes),
  ]);
}

function external(gauge: AddGauge, destinations: readonly DestinationHealth[]): void {
  const each = (value: (one: DestinationHealth) => number | null) =>
    destinations.map((one): Sample => [{ destination: one.name }, value(one)]);
  gauge(
    'fiberkeep_external_newest_timestamp_seconds',
    'When the newest backup in each destination was made.',
    ...each(({ newestAt }) => seconds(newestAt)),
  );
  gauge(
    'fiberkeep_external_ok',
    '1 while nothing is wrong with the destination.',
    ...each(({ state }) => +!TROUBLED.has(state)),
  );
  gauge(
    'fiberkeep_external_bytes',
    'Bytes in each destination.',
    ...each(({ bytes: size }) => Number(size)),
  );
}

function externalUse(gauge: AddGauge, destinations: readonly DestinationHealth[]): void {
  const each = (value: (one: DestinationHealth) => number | null | undefined) =>
    destinations.map((one): Sample => [{ destination: one.name }, value(one) ?? null]);
  gauge(
    'fiberkeep_external_last_success_timestamp_seconds',
    'When a run to each destination last sent all that it should.',
    ...each(({ lastGoodAt }) => seconds(lastGoodAt)),
  );
  gauge(
    'fiberkeep_external_last_run_bytes',
    'Bytes that this run sent.',
    ...each(({ lastRunBytes }) => lastRunBytes),
  );
  gauge(
    'fiberkeep_external_objects',
    'Objects in each destination.',
    ...each(({ objects }) => objects),
  );
  gauge(
    'fiberkeep_external_unreadable',
    'Backups in each destination that cannot be read, so that nothing is removed there.',
    ...each(({ unreadable }) => unreadable),
  );
  gauge(
    'fiberkeep_external_requests_30d',
    'Requests of the last 30 days by class: writes are PUT, POST and LIST; reads GET and HEAD.',
    ...destinations.flatMap(({ name, usage }): Sample[] => [
      [{ destination: name, class: 'write' }, usage?.writes ?? null],
      [{ destination: name, class: 'read' }, usage?.reads ?? null],
    ]),
  );
  gauge(
    'fiberkeep_external_cost_30d',
    'What storage and requests of 30 days cost by estimate, in the currency of the label.',
    ...destinations.map(
      ({ name, monthlyCost: cost }): Sample => [
        { destination: name, currency: cost?.currency ?? '' },
        cost && cost.storage + cost.requests,
      ],
    ),
  );
}

function changes(gauge: AddGauge, counts: ChangeCounts | null): void {
  gauge(
    'fiberkeep_changed_rows',
    'Rows that changed between the two newest backups, by kind.',
    ...(['added', 'changed', 'removed'] as const).map(
      (kind): Sample => [{ kind }, counts?.[kind] ?? null],
    ),
  );
}

const TROUBLED: ReadonlySet<DestinationHealth['state']> = new Set([
  'DAMAGED',
  'FAILING',
  'LOST',
  'OVERDUE',
]);

function byStatus(
  statuses: readonly string[],
  found: readonly { readonly status: string; readonly count: number }[],
): Sample[] {
  return statuses.map((status) => [
    { status: status.toLowerCase() },
    found.find((one) => one.status === status)?.count ?? 0,
  ]);
}

function seconds(at: Date | null | undefined): number | null {
  return at ? at.getTime() / 1000 : null;
}

function setGauge(
  registry: Registry<OpenMetricsContentType>,
  name: string,
  help: string,
  samples: readonly Sample[],
): void {
  const known = samples.filter(([, value]) => value !== null);
  if (known.length === 0) return;
  const labelNames = [...new Set(known.flatMap(([labels]) => Object.keys(labels)))];
  const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
  for (const [labels, value] of known) gauge.set(labels, value ?? 0);
}
