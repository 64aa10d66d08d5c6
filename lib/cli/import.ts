import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { FiberkeepError } from '#errors';
import { requestApply } from '#services/imports/apply-import.ts';
import { receiveImportFile } from '#services/imports/import-files.ts';
import { listImportRows, requireImport } from '#services/imports/import-queries.ts';
import { countsOf } from '#services/imports/import-rows.ts';
import { requestImport } from '#services/imports/request-import.ts';
import type { ShownRow } from '#services/imports/shown-rows.ts';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { formatCount, formatTable, plain } from './format.ts';
import { waitForJob } from './wait-for-job.ts';

const kinds = ['pole', 'box', 'cable', 'client'] as const;

interface Options {
  readonly kind?: (typeof kinds)[number];
  readonly project?: string;
  readonly yes?: boolean;
  readonly goodRowsOnly?: boolean;
}

/** Wrong rows that are listed for people. */
const LISTED = 20;

export function addImport(program: Command): void {
  addCommand<Options>(
    program,
    'import <file>',
    'bring a KMZ, KML, GeoJSON, GPX or CSV file into the network; can be undone',
    (command) =>
      command
        .addOption(new Option('--kind <kind>', 'what its elements are').choices(kinds))
        .option('--project <name>', 'the project of its elements, made where it is missing')
        .option('--good-rows-only', 'leave wrong rows out; without it they stop the import')
        .option('--yes', 'do not ask for the name'),
    importFile,
  );
}

async function importFile({ session, out }: Context, args: string[], options: Options) {
  const { server } = session;
  const permit = await session.permit('network.import');
  const file = args[0] ?? '';
  const { size } = await stat(file).catch((cause) => {
    throw new FiberkeepError('NOT_FOUND', { reason: 'notFound', params: { kind: 'file' }, cause });
  });
  const bytes = createReadStream(file);
  const name = path.basename(file);
  const { id } = await receiveImportFile(server, permit, { name, bytes, announcedBytes: size });
  const { kind, project } = options;
  const asked = await requestImport(server, permit, { fileId: id, kind, project });
  await waitForJob(session, asked.job, out.json);
  const found = await requireImport(server, permit, id);
  const counts = countsOf(found);
  const wrong = await listImportRows(server, found, { first: LISTED, state: 'WRONG' });
  for (const line of [...countLines(counts), ...(wrong?.items.map(wrongLine) ?? [])]) out.say(line);
  await confirmName('This is written into the network.', name, options.yes ?? false);
  const { goodRowsOnly } = options;
  const applying = await requestApply(server, permit, id, { goodRowsOnly });
  await waitForJob(session, applying.job, out.json);
  const { status, changeSetId } = await requireImport(server, permit, id);
  out.answer({ import: { id, status, changeSetId }, counts }, [
    `“${plain(name)}” is imported. \`undo\` takes that back.`,
  ]);
}

function countLines(counts: ReturnType<typeof countsOf>): string[] {
  const rows = counts.map(({ kind, state, count }) => [kind, state, formatCount(BigInt(count))]);
  return formatTable(['Kind', 'State', ' Rows'], rows);
}

function wrongLine({ place, name, faults }: ShownRow): string {
  const why = faults.map(({ path: field, reason }) => `${field} ${reason}`).join(', ');
  return `Wrong at ${place}: ${plain(name)}: ${why}`;
}
