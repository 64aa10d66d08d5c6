import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from './free-port.ts';
import type { S3Keys } from './s3-signature.ts';

const PROGRAMS = ['ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];
const GATEWAY = 'client.rgw.one';

/** Whether Debian's packages ceph-mon, ceph-osd and radosgw are. */
export function isCephInstalled(): boolean {
  const folders = process.env.PATH?.split(path.delimiter) ?? [];
  return PROGRAMS.every((program) =>
    folders.some((folder) => existsSync(path.join(folder, program))),
  );
}

export interface CephGateway extends AsyncDisposable {
  readonly endpoint: string;
}

/** A whole Ceph cluster with its S3 gateway on the loopback: one monitor, and one disk that is memory. */
export async function startCephGateway(
  keys: S3Keys,
  bucket: string,
  { diskBytes = 1024 ** 3, objectLock = false } = {},
): Promise<CephGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-ceph-'));
  const cluster = new Cluster(folder, diskBytes);
  try {
    await cluster.startStore();
    const endpoint = await cluster.startGateway(keys);
    await makeBucket(endpoint, keys, bucket, objectLock);
    return { endpoint, [Symbol.asyncDispose]: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class Cluster {
  readonly #folder: string;
  readonly #diskBytes: number;
  readonly #started: ChildProcess[] = [];

  constructor(folder: string, diskBytes: number) {
    this.#folder = folder;
    this.#diskBytes = diskBytes;
  }

  async startStore(): Promise<void> {
    const monitor = await freePort();
    const id = crypto.randomUUID();
    await writeFile(
      this.#file('ceph.conf'),
      configuration(this.#folder, id, monitor, this.#diskBytes),
    );
    for (const name of ['mon', 'osd']) await mkdir(this.#file(name));
    const map = this.#file('monmap');
    await this.#run('monmaptool', ['--create', '--fsid', id, '--addv', 'one', v2(monitor), map]);
    await this.#run('ceph-mon', ['--mkfs', '-i', 'one', '--monmap', map]);
    this.#start('ceph-mon', ['-i', 'one']);
    await this.#run('ceph', ['osd', 'create']);
    await this.#run('ceph', ['osd', 'crush', 'add', 'osd.0', '1.0', 'root=default', 'host=one']);
    await this.#run('ceph-osd', ['-i', '0', '--mkfs']);
    this.#start('ceph-osd', ['-i', '0']);
  }

  async startGateway({ accessKeyId, secretAccessKey }: S3Keys): Promise<string> {
    const user = ['user', 'create', '--uid=test', '--display-name=test'];
    const pair = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    await this.#run('radosgw-admin', ['-n', GATEWAY, ...user, ...pair]);
    const port = await freePort();
    const frontend = `--rgw-frontends=beast endpoint=127.0.0.1:${port}`;
    const gateway = this.#start('radosgw', ['-n', GATEWAY, frontend]);
    const endpoint = `http://127.0.0.1:${port}`;
    while (!(await answers(endpoint))) {
      if (gateway.exitCode !== null) throw new Error(`radosgw ended: see ${this.#folder}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return endpoint;
  }

  async stop(): Promise<void> {
    for (const process of this.#started.reverse()) await end(process);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }

  async #run(program: string, options: readonly string[]): Promise<void> {
    await promisify(execFile)(program, ['-c', this.#file('ceph.conf'), ...options]);
  }

  #start(program: string, options: readonly string[]): ChildProcess {
    const all = ['-c', this.#file('ceph.conf'), '-f', ...options];
    const started = spawn(program, all, { stdio: 'ignore' });
    this.#started.push(started);
    return started;
  }
}

/**
 * Nobody signs in, so nothing can be encrypted: the gateway would insist on that and wait for ever. The monitor does
 * not wait for more to decide at once: a dozen pools are made one after the other.
 */
function configuration(folder: string, id: string, monitor: number, diskBytes: number): string {
  return `[global]
fsid = ${id}
mon host = ${v2(monitor)}
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms bind ipv6 = false
public addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon data avail crit = 0
paxos propose interval = 0.05
paxos min wait = 0.01
osd crush chooseleaf type = 0
osd crush update on start = false
osd class update on start = false
osd objectstore = memstore
memstore device bytes = ${diskBytes}
mon data = ${folder}/mon
osd data = ${folder}/osd
run dir = ${folder}
admin socket =
log file = ${folder}/$name.log
pid file = ${folder}/$name.pid
`;
}

const v2 = (port: number) => `[v2:127.0.0.1:${port}/0]`;

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

async function makeBucket(
  endpoint: string,
  keys: S3Keys,
  bucket: string,
  objectLock: boolean,
): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { ...keys },
  });
  await client.send(
    new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: objectLock }),
  );
  client.destroy();
}

/** At once: nothing of it is kept. */
async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}
