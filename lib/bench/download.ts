import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#testing/free-port.ts';
import { childOf } from '#testing/process-tree.ts';
import type { RunningServer } from '#testing/running-server.ts';
import { ADMIN, type ServerBench, startBenchServer } from './bench-server.ts';
import { addPhotos } from './photos.ts';

export const name = 'download';

/** The first rounds are slower, while V8 compiles hot code. */
const ROUNDS = 9;
/** Makes an archive of about 1 GB. */
const PHOTOS = 480;
const AT_ONCE = 8;
const QUESTIONS = 300;

/**
 * Downloads an archive of about 1 GB with curl: in turns from a server started by `npm start` and, where it is
 * installed, from nginx. Then runs eight downloads at once, and measures the memory of the web process and
 * the response time of the API.
 */
export async function run({ databaseUrl, filesFolder, log }: ServerBench): Promise<void> {
  // The server keeps the contents of files in `files` under its data folder.
  const folder = path.dirname(filesFolder);
  await addPhotos({ databaseUrl, filesFolder }, PHOTOS);
  const server = await startBenchServer(databaseUrl, folder);
  try {
    const client = await signIn(server);
    const archive = await client.makeArchive();
    const file = path.join(folder, 'archive.tar.gz.doz');
    await curl(archive, client.cookie, file);
    await compare(log, client, archive, file);
    await crowd(log, client, archive, await childOf(server.pid, 'lib/web/main.ts'));
  } finally {
    await server.stop();
    await rm(path.join(folder, 'vault'), { recursive: true, force: true });
  }
}

async function compare(log: ServerBench['log'], client: Client, archive: string, file: string) {
  await using nginx = await startNginx(path.dirname(file));
  const bytes = (await readFile(file)).length;
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await curl(archive, client.cookie));
    if (nginx) theirs.push(await curl(`${nginx.url}/${path.basename(file)}`, ''));
  }
  log(`an archive of ${megabytes(bytes)} MB: ${speed(bytes, ours)}`);
  if (!nginx) return log('nginx is not installed, so there is no ratio to it');
  const ratio = median(theirs) / median(ours);
  log(`nginx, the same bytes from disk: ${speed(bytes, theirs)}`);
  log(`ratio to nginx ${ratio.toFixed(2)} (at least 0.4)`);
}

async function crowd(log: ServerBench['log'], client: Client, archive: string, web: number) {
  const idle = await client.answerTimes(() => true);
  const before = await residentBytes(web);
  let peak = before;
  let running = AT_ONCE;
  const downloads = Array.from({ length: AT_ONCE }, () =>
    curl(archive, client.cookie).finally(() => running--),
  );
  const watching = (async () => {
    for (; running > 0; await sleep(50)) peak = Math.max(peak, await residentBytes(web));
  })();
  const beside = await client.answerTimes(() => running > 0);
  await Promise.all([...downloads, watching]);
  const growth = megabytes(peak - before);
  log(`${AT_ONCE} at once: memory of the web process grows by ${growth} MB (at most 100)`);
  const [alone, crowded] = [percentile95(idle), percentile95(beside)];
  log(
    `API p95 ${crowded.toFixed(1)} ms beside them (${beside.length} answers), ${alone.toFixed(1)} ms idle: ${(crowded / alone).toFixed(1)} × (under 3)`,
  );
}

interface Client {
  readonly cookie: string;
  /** Makes a backup and its archive's head, waits for the digest; returns the archive's URL. */
  makeArchive(): Promise<string>;
  /** Milliseconds of each request, sent one after the other while `goOn`. */
  answerTimes(goOn: () => boolean): Promise<number[]>;
}

async function signIn({ url }: RunningServer): Promise<Client> {
  let cookie = '';
  async function ask(query: string, variables = {}) {
    const response = await fetch(`${url}/api/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return data;
  }
  await ask(
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { id } } } }',
    {
      email: ADMIN.ADMIN_EMAIL,
      password: ADMIN.ADMIN_PASSWORD,
    },
  );
  return {
    cookie,
    async makeArchive() {
      await ask('mutation { createBackup(input: { name: "Bench" }) { job { id } } }');
      for (let asked = false; ; await sleep(200)) {
        const [backup] = (await ask('{ backups { nodes { id archiveUrl archiveSha256 } } }'))
          .backups.nodes;
        if (backup?.archiveSha256) return `${url}${backup.archiveUrl}`;
        if (!backup || asked) continue;
        asked = true;
        await ask('mutation ($id: ID!) { prepareArchive(id: $id) { job { id } } }', backup);
      }
    },
    async answerTimes(goOn) {
      const times: number[] = [];
      while (times.length < QUESTIONS && goOn()) {
        const begun = performance.now();
        await ask(
          '{ backups(first: 20) { nodes { id name archiveSize } } networkSummary { poles } }',
        );
        times.push(performance.now() - begun);
        await sleep(10);
      }
      return times;
    },
  };
}

/** Seconds that curl takes, discarding the bytes or writing them to `file`. */
async function curl(url: string, cookie: string, file = '/dev/null'): Promise<number> {
  const child = spawn(
    'curl',
    ['-sS', '--fail', '-o', file, '-w', '%{time_total}', '-H', `cookie: ${cookie}`, url],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`curl ended with ${code}`);
  return Number(said);
}

/** nginx on `folder` with its defaults for static files; null if it is not installed. */
async function startNginx(folder: string) {
  const program = await findNginx();
  if (!program) return null;
  const port = await freePort();
  const work = path.join(folder, 'nginx');
  await mkdir(work, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${work}/${what};`)
    .join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const config = `${user} daemon off; worker_processes 1; pid ${work}/pid; error_log ${work}/errors;
    events {} http { access_log off; sendfile on; tcp_nopush on; ${temporary}
      server { listen 127.0.0.1:${port}; root ${folder}; } }`;
  await writeFile(path.join(work, 'nginx.conf'), config);
  const child = spawn(program, ['-c', path.join(work, 'nginx.conf'), '-e', `${work}/errors`], {
    stdio: 'inherit',
  });
  await sleep(1_000);
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => end(child) };
}

async function findNginx(): Promise<string | null> {
  for (const program of ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx']) {
    const child = spawn(program, ['-v'], { stdio: 'ignore' });
    const found = await new Promise((resolve) =>
      child.once('error', () => resolve(false)).once('close', (code) => resolve(code === 0)),
    );
    if (found) return program;
  }
  return null;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'close');
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

function speed(bytes: number, seconds: readonly number[]): string {
  const all = seconds.map((one) => (bytes / 1e6 / one).toFixed(0)).join(', ');
  return `${(bytes / 1e6 / median(seconds)).toFixed(0)} MB/s (${all})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function percentile95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}
