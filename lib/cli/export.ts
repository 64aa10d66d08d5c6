import path from 'node:path';
import { type Command, Option } from 'commander';
import { terminalLocale } from '#config';
import { type ElementKind, elementKinds, readFilter } from '#services/exports/export-order.ts';
import { findProjectNamed } from '#services/exports/find-project.ts';
import { formatOfFile } from '#services/exports/format-of-file.ts';
import { permitExport } from '#services/exports/permit-export.ts';
import { writeExport } from '#services/exports/write-export.ts';
import { addCommand, type Context } from './command.ts';
import { formatCount } from './format.ts';
import { writeNewFile } from './new-file.ts';

interface Options {
  readonly project?: string;
  readonly kind?: ElementKind;
  readonly force?: boolean;
}

export function addExport(program: Command): void {
  const kind = new Option('--kind <kind>', 'only elements of this kind').choices(elementKinds);
  addCommand<Options>(
    program,
    'export <file>',
    'save the network as a file: .kmz, .xlsx, .csv, .zip (of .csv), .gpkg, .geojson',
    (command) =>
      command
        .option('--project <name>', 'only this project and what is in it')
        .addOption(kind)
        .option('--force', 'replace a file that is there'),
    exportNetwork,
  );
}

async function exportNetwork({ session, out }: Context, args: string[], options: Options) {
  const { server, signal } = session;
  const permitted = await permitExport(server, session.actor);
  const file = path.resolve(args[0] ?? '');
  const kinds = options.kind ? [options.kind] : elementKinds;
  const format = formatOfFile(file, kinds);
  const projectId = options.project
    ? await findProjectNamed(server, permitted, options.project)
    : null;
  const order = { format, filter: readFilter({ kinds, projectId }), locale: terminalLocale() };
  const count = await writeNewFile(file, options.force ?? false, (handle) =>
    writeExport(server, permitted, order, signal, async (bytes) => {
      for await (const piece of bytes) {
        signal.throwIfAborted();
        await handle.writeFile(piece);
      }
    }),
  );
  out.answer({ file, format, elements: count }, [
    `Saved ${formatCount(count)} ${count === 1 ? 'element' : 'elements'} as ${file}.`,
  ]);
}
