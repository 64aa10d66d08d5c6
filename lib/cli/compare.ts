import type { Command } from 'commander';
import type { Backup } from '#generated/vault/client.ts';
import {
  findCompare,
  listChanges,
  peopleTotals,
  projectTotals,
  totalsOf,
} from '#services/compare/compare-queries.ts';
import { type ComparePermit, permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import type { ShownChange } from '#services/compare/shown-changes.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatCount, formatTable, plain } from './format.ts';
import { waitForJob } from './wait-for-job.ts';

/** Changes that are listed for people; `--json` has them too. */
const LISTED = 200;

export function addCompare(program: Command): void {
  addCommand(
    program,
    'compare <backup> [other]',
    'say what differs between a backup and another, or the network of now',
    (command) => command,
    compare,
  );
}

async function compare({ session, out }: Context, args: string[]): Promise<void> {
  const { server } = session;
  const permit = await permitCompare(server, session.actor);
  const from = await requireBackup(session, args[0] ?? '');
  const to = args[1] === undefined ? null : await requireBackup(session, args[1]);
  const asked = await requestCompare(server, permit, { from: from.id, to: to?.id });
  await waitForJob(session, asked.job, out.json);
  const found = await findings(session, permit, asked.compare.id);
  out.answer(
    {
      compare: { id: asked.compare.id, from: backupName(from), to: to && backupName(to) },
      ...found,
    },
    lines(found, plain(from.name), to ? plain(to.name) : 'now'),
  );
}

const backupName = ({ id, name, createdAt }: Backup) => ({ id, name, createdAt });

async function findings({ server }: Context['session'], permit: ComparePermit, id: string) {
  const made = await findCompare(server, permit, id);
  const page = made && (await listChanges(server, permit, made, { first: LISTED }));
  return {
    totals: (made && totalsOf(permit, made)?.map(({ counts }) => counts)) ?? [],
    projects: (made && (await projectTotals(server, permit, made))) ?? [],
    people: (made && (await peopleTotals(server, permit, made))) ?? [],
    changes: page?.items.map(changeView) ?? [],
    totalCount: page?.totalCount ?? 0,
  };
}

function changeView(change: ShownChange) {
  const { kind, table, id, label, project, fields, changedBy, changedAt, lat, lng } = change;
  const place = lat === null || lng === null ? null : { lat, lng };
  return { kind, table, id, label, project, fields, place, changedBy, changedAt };
}

type Findings = Awaited<ReturnType<typeof findings>>;

function lines({ totals, changes, totalCount }: Findings, from: string, to: string): string[] {
  if (totals.length === 0) return [`“${from}” and ${to} are the same.`];
  const counts = totals.map(({ table, added, changed, removed }) => [
    table,
    formatCount(BigInt(added)),
    formatCount(BigInt(changed)),
    formatCount(BigInt(removed)),
  ]);
  const rows = changes.map((change) => [
    signs[change.kind],
    change.table,
    plain(change.label ?? change.id),
    change.fields.map(({ name }) => name).join(', '),
  ]);
  const more = totalCount - changes.length;
  return [
    `From “${from}” to ${to}:`,
    ...formatTable(['Table', ' Added', ' Changed', ' Removed'], counts),
    '',
    ...formatTable(['', 'Table', 'Name', 'Fields'], rows.map(shortened)),
    ...(more > 0 ? [`and ${formatCount(BigInt(more))} more`] : []),
  ];
}

const signs = { ADDED: '+', CHANGED: '~', REMOVED: '-' } as const;

/** Fields of a changed row only: of others all of them are there. */
function shortened([sign = '', table = '', name = '', fields = '']: string[]): string[] {
  return [sign, table, name, sign === '~' ? fields : ''];
}
