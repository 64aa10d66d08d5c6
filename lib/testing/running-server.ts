import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { RUN, root } from '#launcher/root.ts';
import { noNightSoon } from './no-night-soon.ts';
import { smallReserve } from './server.ts';

/** A server started as people start it. */
export interface RunningServer {
  readonly url: string;
  /** The one-time link that makes the first administrator; empty if one existed. */
  readonly setUpUrl: string;
  readonly pid: number;
  /** Its output so far. */
  said(): string;
  /** Ends it as Ctrl-C does; returns its exit code. */
  stop(): Promise<number>;
}

const READY_MS = 300_000;

/**
 * Runs `npm start`'s program and resolves once it has printed its address. Throws with its output if it ends
 * before. `logFile` gets a copy of the output.
 */
export async function startRealServer(
  env: Record<string, string>,
  logFile?: string,
): Promise<RunningServer> {
  const child = spawn(process.execPath, [RUN, 'lib/launcher/main.ts'], {
    cwd: root,
    env: { ...process.env, ...noNightSoon(), ...smallReserve(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child, logFile);
  const exited = new Promise<number>((resolve) =>
    child.once('close', (code) => resolve(code ?? 1)),
  );
  const url = await untilSaid(output, exited, /Fiberkeep runs at (\S+)/);
  return {
    url,
    get setUpUrl() {
      return /(\S+\/set-up\?token=\S+)/.exec(output.text)?.[1] ?? '';
    },
    pid: child.pid ?? 0,
    said: () => output.text,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

function collect(child: ChildProcess, logFile: string | undefined): { text: string } {
  const output = { text: '' };
  const log = logFile === undefined ? null : createWriteStream(logFile);
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      output.text += data;
      log?.write(data);
    });
  child.once('close', () => log?.end());
  return output;
}

async function untilSaid(
  output: { text: string },
  exited: Promise<number>,
  pattern: RegExp,
): Promise<string> {
  let ended: number | undefined;
  void exited.then((code) => {
    ended = code;
  });
  for (const deadline = Date.now() + READY_MS; ; ) {
    const found = pattern.exec(output.text)?.[1];
    if (found) {
      // The set-up link follows right after.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return found;
    }
    if (ended !== undefined) throw new Error(`The server ended with code ${ended}: ${output.text}`);
    if (Date.now() > deadline) throw new Error(`The server is not ready: ${output.text}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
