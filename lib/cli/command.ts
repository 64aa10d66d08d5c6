import type { Command } from 'commander';
import { type Output, openOutput, showError } from './output.ts';
import { openSession, type Session } from './session.ts';

export interface Context {
  readonly session: Session;
  readonly out: Output;
}

const CANCELLED_EXIT = 130;

/**
 * Adds a command. `work` gets the session, the arguments and the options.
 * An error is printed, and the exit code is 1 (130 after Ctrl-C).
 */
export function addCommand<O extends object>(
  program: Command,
  usage: string,
  description: string,
  configure: (command: Command) => Command,
  work: (context: Context, args: string[], options: O) => Promise<void>,
): void {
  configure(program.command(usage).description(description))
    .option('--json', 'answer with one JSON document')
    .action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const options = command.opts<O & { json?: boolean }>();
      await runCommand(options.json ?? false, (context) => work(context, command.args, options));
    });
}

export interface LocalContext {
  readonly out: Output;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Adds a command that needs no server: it starts nothing and touches no installation. */
export function addLocalCommand<O extends object>(
  program: Command,
  usage: string,
  description: string,
  configure: (command: Command) => Command,
  work: (context: LocalContext, args: string[], options: O) => Promise<void>,
): void {
  configure(program.command(usage).description(description))
    .option('--json', 'answer with one JSON document')
    .action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const options = command.opts<O & { json?: boolean }>();
      const json = options.json ?? false;
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      try {
        await work({ out: openOutput(json), signal: stop.signal }, command.args, options);
      } catch (error) {
        showError(error, json);
        process.exitCode = stop.signal.aborted ? CANCELLED_EXIT : 1;
      }
    });
}

async function runCommand(json: boolean, work: (context: Context) => Promise<void>): Promise<void> {
  const out = openOutput(json);
  let session: Session | undefined;
  try {
    session = await openSession((line) => process.stderr.write(`${line}\n`));
    await work({ session, out });
  } catch (error) {
    showError(error, json, session?.timeZone);
    process.exitCode = session?.signal.aborted ? CANCELLED_EXIT : 1;
  } finally {
    await session?.close().catch((error) => {
      showError(error, json);
      process.exitCode = 1;
    });
  }
}
