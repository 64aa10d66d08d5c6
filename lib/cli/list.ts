import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { authorIn, authorText } from '#services/authors.ts';
import { countPostFiles } from '#services/backups/backup-fields.ts';
import { listBackups } from '#services/backups/backup-queries.ts';
import { rowCursor } from '#services/page.ts';
import { addCommand, type Context } from './command.ts';
import { formatBytes, formatTable, formatTime, plain } from './format.ts';
import { backupView, changesOf, changesText } from './views.ts';

interface Options {
  readonly search?: string;
  readonly kind?: string;
  readonly limit: string;
}

const PAGE = 200;
const HEAD = ['Created', 'Name', 'Kind', 'Author', ' Files', ' Size', ' Changed', 'Id'];

export function addList(program: Command): void {
  addCommand<Options>(
    program,
    'list',
    'list the backups, newest first',
    (command) =>
      command
        .option('--search <text>', 'only those with this text in name, comment or author')
        .option('--kind <kind>', 'only MANUAL, AUTOMATIC, INTRADAY, SAFETY or UPLOADED ones')
        .option('--limit <count>', 'at most so many', '1000'),
    list,
  );
}

async function list(context: Context, _args: string[], options: Options): Promise<void> {
  const backups = await readBackups(context, options);
  const rows = backups.map((backup) => [
    formatTime(backup.createdAt, context.session.timeZone),
    plain(backup.name, 40),
    backup.kind,
    plain(authorText(authorIn(backup, 'author')), 24),
    backup.includesFiles ? String(countPostFiles(backup)) : '–',
    `${backup.archiveExact ? '' : '≈ '}${formatBytes(backup.archiveSize)}`,
    changesText(changesOf(backup)),
    backup.id,
  ]);
  const lines = rows.length === 0 ? ['There is no backup.'] : formatTable(HEAD, rows);
  context.out.answer(backups.map(backupView), lines);
}

function readLimit(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new FiberkeepError('BAD_REQUEST', { reason: 'limitInvalid', params: { given: text } });
}

async function readBackups({ session }: Context, options: Options): Promise<Backup[]> {
  const limit = readLimit(options.limit);
  const permit = await session.permit('backup.view');
  const backups: Backup[] = [];
  let after: string | null = null;
  for (;;) {
    const first = Math.min(PAGE, limit - backups.length);
    const { search, kind } = options;
    const page = await listBackups(session.server, permit, { first, after, search, kind });
    backups.push(...page.items);
    const last = page.items.at(-1);
    if (!page.hasNextPage || !last || backups.length >= limit) return backups;
    after = rowCursor(last);
  }
}
