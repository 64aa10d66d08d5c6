import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN, root } from '#launcher/root.ts';
import type { RunningServer } from '#testing/running-server.ts';
import { ADMIN, type ServerBench, startBenchServer } from './bench-server.ts';
import { median, percentile } from './statistics.ts';

export const name = 'soak';

const HOSTILE = 500;
const SIGN_INS = 100;
/** Longer than every time-out of a connection but that of an answer nobody takes. */
const SETTLE_MS = 45_000;

/**
 * Signs in again and again: alone, then beside 500 connections that a client of ill will opens anew whenever one
 * ends. They ask to upgrade and fall silent, trickle headers and bodies, send documents that are dear to validate,
 * guess passwords, and take no answers.
 */
export async function run({ databaseUrl, filesFolder, log }: ServerBench): Promise<void> {
  const server = await startBenchServer(databaseUrl, `${filesFolder}-of-soak`);
  try {
    await signInTimes(server, SIGN_INS / 4);
    const idle = await signInTimes(server, SIGN_INS);
    const hostile = await startHostileClient(server);
    await sleep(SETTLE_MS);
    const beside = await signInTimes(server, SIGN_INS);
    const open = await hostile.stop();
    const [alone, crowded] = [idle, beside].map((times) => percentile(times, 0.95));
    log(`sign-in alone: median ${median(idle).toFixed(0)} ms, p95 ${alone?.toFixed(0)} ms`);
    log(
      `beside ${open} hostile connections: median ${median(beside).toFixed(0)} ms, p95 ${crowded?.toFixed(0)} ms`,
    );
    log(`p95 ${((crowded ?? 0) / (alone ?? 1)).toFixed(1)} × idle (under 3)`);
  } finally {
    await server.stop();
  }
}

/** Milliseconds of each sign-in, one after the other. */
async function signInTimes({ url }: RunningServer, count: number): Promise<number[]> {
  const query =
    'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { __typename } }';
  const body = JSON.stringify({
    query,
    variables: { e: ADMIN.ADMIN_EMAIL, p: ADMIN.ADMIN_PASSWORD },
  });
  const headers = { 'content-type': 'application/json' };
  const times: number[] = [];
  while (times.length < count) {
    const begun = performance.now();
    const answer = await fetch(`${url}/api/graphql`, { method: 'POST', headers, body });
    const { data } = await answer.json();
    if (!data?.signIn) throw new Error(`not signed in: ${answer.status}`);
    times.push(performance.now() - begun);
    await sleep(20);
  }
  return times;
}

/** A process of its own, so that what it costs is not ours. `stop` answers how many connections it had open. */
async function startHostileClient({ url }: RunningServer) {
  const child: ChildProcess = spawn(
    process.execPath,
    [RUN, '--plain', 'lib/bench/soak-child.ts', url, String(HOSTILE), ADMIN.ADMIN_EMAIL],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout?.on('data', (data) => {
    said = String(data).trim().split('\n').at(-1) ?? '';
  });
  return {
    async stop(): Promise<string> {
      child.kill('SIGTERM');
      await once(child, 'close');
      return said;
    },
  };
}
