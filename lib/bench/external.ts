import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { S3Access } from '#engine/store/place-access.ts';
import { isCephInstalled, startCephGateway } from '#testing/ceph-gateway.ts';
import { KEYS } from '#testing/s3-lab.ts';
import type { Step, StepDone } from './external-child.ts';
import { inChild as inChildOf } from './in-child.ts';
import { addPhotos } from './photos.ts';
import { median } from './statistics.ts';

export const name = 'external';

const ROUNDS = 3;
/** About 1 GB with the rows of a region. */
const PHOTOS = 450;
const GATEWAY_BYTES = 16 * 1024 ** 3;
const BUCKET = 'bench';

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

/** One round of one program: the first copy, and the copy after 1% changed. */
interface Copies {
  readonly first: number;
  readonly second: number;
}

/**
 * Sends a backup of about 1 GB to a Ceph gateway on this machine, beside the AWS SDK with the same bytes and beside
 * restic with the same contents; then the backup after 1% of the rows changed; then brings it back. Prints medians.
 */
export async function run(options: Options): Promise<void> {
  const { log } = options;
  if (!isCephInstalled())
    return log('without ceph-mon, ceph-osd and radosgw there is nothing to send to');
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-external-'));
  await using gateway = await startCephGateway(KEYS, BUCKET, { diskBytes: GATEWAY_BYTES });
  try {
    await addPhotos(options, PHOTOS);
    const backups = await makeBackups(options, folder);
    const rounds: Round[] = [];
    for (let n = 0; n < ROUNDS; n++)
      rounds.push(await round(backups, { folder, endpoint: gateway.endpoint, n }));
    for (const line of linesOf(rounds)) log(line);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Backups {
  readonly first: string;
  readonly second: string;
  /** The store with the first alone, and with both. */
  readonly storeOfFirst: string;
  readonly store: string;
  /** What restic is given: tables as text and the files, before and after the change. */
  readonly contents: readonly [string, string];
}

async function makeBackups(options: Options, folder: string): Promise<Backups> {
  const { databaseUrl, filesFolder } = options;
  const [store, storeOfFirst] = [path.join(folder, 'store'), path.join(folder, 'store-of-first')];
  const create = async (previous: string | null) => {
    const step = { kind: 'create', databaseUrl, store, filesFolder, previous } as const;
    return (await inChild(step)).manifestObject ?? '';
  };
  const contentsOf = async (manifestObject: string, at: string) => {
    const to = path.join(folder, at);
    await inChild({ kind: 'export', store, manifestObject, folder: path.join(to, 'tables') });
    await cp(filesFolder, path.join(to, 'files'), { recursive: true });
    return to;
  };
  const first = await create(null);
  await cp(store, storeOfFirst, { recursive: true });
  const before = await contentsOf(first, 'before');
  await changeRows(databaseUrl);
  await addPhotos(options, Math.ceil(PHOTOS / 100));
  const second = await create(first);
  const after = await contentsOf(second, 'after');
  return { first, second, store, storeOfFirst, contents: [before, after] };
}

async function changeRows(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const table of ['pole', 'box', 'cable', 'client', 'post'])
    await client.query(
      `UPDATE plant.${table} SET updated_at = now() WHERE hashtext(id::text) % 100 = 0`,
    );
  await client.end();
}

interface Round {
  readonly ours: Copies;
  readonly sdk: number;
  readonly restic: Copies | null;
  readonly fetch: number;
  readonly sdkGet: number;
  readonly firstBytes: number;
  readonly secondBytes: number;
  readonly peakRssBytes: number;
}

interface Where {
  readonly folder: string;
  readonly endpoint: string;
  readonly n: number;
}

async function round(backups: Backups, where: Where): Promise<Round> {
  const at = (prefix: string): S3Access => ({
    kind: 'S3',
    bucket: BUCKET,
    prefix: `${prefix}-${where.n}`,
    endpoint: where.endpoint,
    region: 'us-east-1',
    pathStyle: true,
    credentials: KEYS,
  });
  const access = at('ours');
  const sdk = await inChild({ kind: 'put', store: backups.storeOfFirst, access: at('sdk') });
  const send = (store: string, manifestObject: string, known: string[]) =>
    inChild({ kind: 'send', store, manifestObject, access, known });
  const first = await send(backups.storeOfFirst, backups.first, []);
  const second = await send(backups.store, backups.second, first.known ?? []);
  const restic = await resticCopies(backups, where);
  const sdkGet = await inChild({ kind: 'get', access: at('sdk') });
  const back = path.join(where.folder, `back-${where.n}`);
  const fetched = await inChild({
    kind: 'fetch',
    store: back,
    manifestObject: backups.first,
    access,
  });
  await rm(back, { recursive: true });
  return {
    ours: { first: first.seconds, second: second.seconds },
    sdk: sdk.seconds,
    restic,
    fetch: fetched.seconds,
    sdkGet: sdkGet.seconds,
    firstBytes: first.bytes,
    secondBytes: second.bytes,
    peakRssBytes: Math.max(first.peakRssBytes, second.peakRssBytes),
  };
}

/** Null where restic is not installed. */
async function resticCopies({ contents }: Backups, { endpoint, n }: Where): Promise<Copies | null> {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: `s3:${endpoint}/${BUCKET}/restic-${n}`,
  };
  const restic = (...args: string[]) => promisify(execFile)('restic', args, { env });
  const isThere = await restic('version').then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  await restic('init');
  const [before, after] = contents;
  return {
    first: await secondsOf(() => restic('backup', before)),
    second: await secondsOf(() => restic('backup', after)),
  };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function linesOf(rounds: readonly Round[]): string[] {
  const of = (value: (one: Round) => number | null) =>
    median(rounds.map((one) => value(one) ?? Number.NaN));
  const [first] = rounds;
  const mb = (first?.firstBytes ?? 0) / 1e6;
  const share = (100 * (first?.secondBytes ?? 0)) / (first?.firstBytes ?? 1);
  return [
    `first copy of ${mb.toFixed(0)} MB: ${of(({ ours }) => ours.first).toFixed(1)} s`,
    `its speed beside the SDK: ${of(({ ours, sdk }) => sdk / ours.first).toFixed(2)} (at least 0.8)`,
    `its time beside restic: ${of(({ ours, restic }) => restic && ours.first / restic.first).toFixed(2)} (at most 0.7)`,
    `copy after 1% changed: ${share.toFixed(2)}% of the bytes (at most 3%), ${of(({ ours }) => ours.second).toFixed(1)} s`,
    `its time beside restic: ${of(({ ours, restic }) => restic && ours.second / restic.second).toFixed(2)} (at most 0.3)`,
    `brought back: ${of(({ fetch }) => fetch).toFixed(1)} s, beside the SDK's download ${of(({ fetch, sdkGet }) => fetch / sdkGet).toFixed(2)}`,
    `memory: ${Math.max(...rounds.map((one) => one.peakRssBytes / 1e6)).toFixed(0)} MB (at most 300)`,
  ];
}

function inChild(step: Step): Promise<StepDone> {
  return inChildOf('lib/bench/external-child.ts', step);
}
