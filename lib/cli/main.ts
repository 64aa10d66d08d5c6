/**
 * `npm run fiberkeep -- COMMAND`: the command line. It works beside a running server, and without one.
 * The commands are loaded after the generated code is there.
 */
import { Command } from 'commander';
import { generateWhenChanged } from '#launcher/generate.ts';
import { showError } from './output.ts';

const asJson = process.argv.includes('--json');

async function main(): Promise<void> {
  await generateWhenChanged();
  const { commands } = await import('./commands.ts');
  const program = new Command('fiberkeep')
    .usage('COMMAND [options]')
    .description('Backups of the network: make, look at, go back to. COMMAND --help says more.')
    .showHelpAfterError('Run with --help to see what there is.');
  for (const add of commands) add(program);
  await program.parseAsync(process.argv);
}

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', () => {});
await main().catch((error) => {
  showError(error, asJson);
  process.exitCode = 1;
});
// Pools and the schema engine leave timers behind.
process.exit();
