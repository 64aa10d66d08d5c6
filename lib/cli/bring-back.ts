import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import { requestBringBack } from '#services/bring-back/bring-back.ts';
import type { BringBackInput } from '#services/bring-back/bring-back-input.ts';
import { findChangeSet } from '#services/bring-back/change-set-queries.ts';
import {
  type BringBackPreview,
  previewBringBack,
} from '#services/bring-back/preview-bring-back.ts';
import { rowsWritten } from '#services/bring-back/write-change-set.ts';
import { findCompare, peopleTotals, projectTotals } from '#services/compare/compare-queries.ts';
import { type ComparePermit, permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { sameName } from '#text';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { requireBackup } from './find-backup.ts';
import { formatCount, formatTable, plain } from './format.ts';
import type { Session } from './session.ts';
import { waitForJob } from './wait-for-job.ts';

interface Options {
  readonly ids?: readonly string[];
  readonly person?: string;
  readonly project?: string;
  readonly update?: boolean;
  readonly remove?: boolean;
  readonly wholeRows?: boolean;
  readonly yes?: boolean;
}

export function addBringBack(program: Command): void {
  addCommand<Options>(
    program,
    'bring-back <backup>',
    'write chosen rows of a backup into the network; can be undone',
    (command) =>
      command
        .option('--ids <id...>', 'rows, by the ids that `compare --json` lists')
        .option('--person <name>', 'what this person changed since')
        .option('--project <name>', 'what belongs to this project')
        .option('--update', 'fields that were changed go back too')
        .option('--remove', 'what is new goes')
        .option('--whole-rows', 'with --update: also fields that people changed since')
        .option('--yes', 'do not ask for the name'),
    bringBack,
  );
}

async function bringBack({ session, out }: Context, args: string[], options: Options) {
  const { server } = session;
  const mayCompare = await permitCompare(server, session.actor);
  const mayRestore = await session.permit('backup.restore');
  const backup = await requireBackup(session, args[0] ?? '');
  const asked = await requestCompare(server, mayCompare, { from: backup.id });
  await waitForJob(session, asked.job, out.json);
  const { id } = asked.compare;
  const input = await inputOf(session, mayCompare, id, options);
  const preview = await previewBringBack(server, mayCompare, id, input);
  if (rowsWritten(preview.counts) === 0)
    throw new FiberkeepError('CONFLICT', { reason: 'nothingToBringBack' });
  for (const line of previewLines(preview)) out.say(line);
  await confirmName('This is written into the network.', backup.name, options.yes ?? false);
  const { digest } = preview;
  const { job, changeSet } = await requestBringBack(server, mayRestore, id, { ...input, digest });
  await waitForJob(session, job, out.json);
  const set = await findChangeSet(server, await session.permit('backup.view'), changeSet.id);
  out.answer({ changeSet: { id: changeSet.id, status: set?.status }, counts: preview.counts }, [
    `${formatCount(BigInt(rowsWritten(preview.counts)))} rows are brought back. \`undo\` takes that back.`,
  ]);
}

async function inputOf(
  session: Session,
  permit: ComparePermit,
  compareId: string,
  { ids, person, project, ...ticks }: Options,
): Promise<BringBackInput> {
  const compare = await findCompare(session.server, permit, compareId);
  const idNamed = async (name: string | undefined, list: typeof peopleTotals) => {
    if (name === undefined) return null;
    const found = (compare && (await list(session.server, permit, compare))) ?? [];
    const one = found.find((each) => each.name !== null && sameName(each.name, name));
    if (one?.id) return one.id;
    throw new FiberkeepError('NOT_FOUND', { reason: 'nobodyChanged', params: { name } });
  };
  const personId = await idNamed(person, peopleTotals);
  const projectId = await idNamed(project, projectTotals as typeof peopleTotals);
  const filter = { people: personId === null ? null : [personId], projectId };
  return {
    selection: { ids, filter },
    create: true,
    update: ticks.update ?? false,
    remove: ticks.remove ?? false,
    wholeRows: ticks.wholeRows ?? false,
  };
}

function previewLines(preview: BringBackPreview): string[] {
  const rows = preview.counts.map(({ table, deed, why, count }) => [
    table,
    deed,
    why,
    formatCount(BigInt(count)),
  ]);
  const told = (sentence: string, items: BringBackPreview['needed']) =>
    items.map(({ table, label }) => `${sentence}: ${table} ${plain(label)}`);
  return [
    ...formatTable(['Table', 'What', 'Why', ' Rows'], rows),
    ...told('Comes along', preview.needed),
    ...told('Comes back with empty fields', preview.emptied),
    ...told('Keeps what people changed since', preview.kept),
    ...told('Stays as it is', preview.blocked),
    ...preview.conflicts.map(
      ({ table, label, choice, renamedTo }) =>
        `Is there already: ${table} ${plain(label)}, ${choice}${renamedTo ? ` as ${plain(renamedTo)}` : ''}`,
    ),
    ...(preview.missingFiles > 0 ? [`Files that are lost: ${preview.missingFiles}`] : []),
  ];
}
