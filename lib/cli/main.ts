/** `npm run fiberkeep -- COMMAND`: the command line, with or without a running server. */
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { commands } from './commands.ts';
import { showError } from './output.ts';

// Prisma's WebAssembly: optimizing it takes 0.8 s of processor time, which a command does not win back.
setFlagsFromString('--liftoff-only');

const asJson = process.argv.includes('--json');

async function main(): Promise<void> {
  const program = new Command('fiberkeep')
    .usage('COMMAND [options]')
    .description('Make, inspect and restore backups of the network. COMMAND --help tells more.')
    .showHelpAfterError('Run with --help to see what there is.');
  for (const add of commands) add(program);
  await program.parseAsync(process.argv);
}

// A reader may close the pipe early (`| head`).
process.stdout.on('error', () => {});
await main().catch((error) => {
  showError(error, asJson);
  process.exitCode = 1;
});
// Pools and the schema engine leave timers behind.
process.exit();
