import path from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '#config';
import { authorText } from '#services/authors.ts';
import { countPostFiles } from '#services/backups/backup-fields.ts';
import {
  type InspectedArchive,
  inspectArchive,
  keysFor,
} from '#services/uploads/inspect-archive.ts';
import { addLocalCommand, type LocalContext } from './command.ts';
import { formatBytes, formatCount, formatTable, formatTime, plain } from './format.ts';
import { openProgressBar } from './progress.ts';

interface Options {
  readonly key?: string;
}

export function addInspect(program: Command): void {
  addLocalCommand<Options>(
    program,
    'inspect <file>',
    'say what an archive is, whose, and whether it is intact; needs no server',
    (command) =>
      command.option('--key <key>', "the server key that made it (else this installation's own)"),
    inspect,
  );
}

async function inspect({ out, signal }: LocalContext, args: string[], options: Options) {
  const config = readConfig();
  const keys = await keysFor(options.key ?? null, config);
  const bar = openProgressBar(out.json);
  try {
    const found = await inspectArchive({
      file: path.resolve(args[0] ?? ''),
      keys,
      report: (phase, done, total) => bar.showBytes(phase, done, total),
      signal,
    });
    bar.end();
    out.answer({ ...found, ours: keys?.serverId === found.serverId }, [
      `Archive of the backup ${found.backupId}`,
      `Server    ${found.serverId}${keys && keys.serverId !== found.serverId ? ' (another one)' : ''}`,
      `Size      ${formatBytes(found.bytes)}`,
      ...contents(found, config.timeZone),
    ]);
  } finally {
    bar.end();
  }
}

function contents({ manifest, tested }: InspectedArchive, timeZone: string): string[] {
  if (!manifest || !tested)
    return [
      'Intact    its header and length are in order; the rest cannot be tested without the key',
      '          of the server that made it: give it with --key',
    ];
  const { metadata, files, tables } = manifest;
  const rows = tables.map((table) => [table.name, formatCount(table.rows)]);
  return [
    'Intact    yes: every byte is as it was written',
    `Name      ${plain(metadata.name, 200)}`,
    `Kind      ${metadata.kind}`,
    `Author    ${plain(authorText(metadata.author))}`,
    `Created   ${formatTime(new Date(metadata.createdAt), timeZone)}`,
    `Files     ${metadata.includesFiles ? `${formatCount(countPostFiles({ tables, fileCount: files.count }))} (${formatBytes(files.held.bytes)})` : 'not included'}`,
    ...(metadata.comment ? [`Comment   ${plain(metadata.comment, 2_000)}`] : []),
    '',
    ...formatTable(['Table', ' Rows'], rows),
  ];
}
