import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { type Config, readConfig } from '#config';
import type { ArchiveThreads } from '#engine/archive/threads/pool.ts';
import { CopySocket } from '#engine/memory/copy-socket.ts';
import type { Connect } from '#engine/ports.ts';
import { deriveKeys, type ServerKeys } from '#engine/sealing/keys.ts';
import { parseServerKey } from '#engine/sealing/server-key.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { asFiberkeepError, FiberkeepError } from '#errors';
import { openPlantClient, type PlantClient } from '#plant/client.ts';
import type { FileStore } from '#plant/file-store.ts';
import { PhotoPreviews } from '#plant/photo-previews.ts';
import { openVaultClient, type VaultClient } from '#vault/client.ts';
import { CALL_LIMIT, CallCounter } from './accounts/call-counter.ts';
import { OpenStreams } from './activity/open-streams.ts';
import { type DiskRoom, openDiskRoom } from './disk-room.ts';
import { RunningExports } from './exports/running-exports.ts';
import { SharedResult } from './shared-result.ts';
import type { UploadBytes } from './uploads/upload-bytes.ts';
import { openStores } from './vault-store/open-stores.ts';

export type Log = pino.Logger;

/** Logs lines of JSON to standard output. `name`: the part of the server that logs. */
export function openLog(config: Pick<Config, 'logLevel'>, name: string): Log {
  return pino({ name, level: config.logLevel });
}

/** Everything that a service works with, opened once in each process. */
export interface Server {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly vault: VaultClient;
  readonly plant: PlantClient;
  /** For SQL that Prisma does not speak. */
  readonly pool: pg.Pool;
  /** Opens a connection for the engine; the caller ends it. */
  readonly connect: Connect;
  readonly keys: ServerKeys;
  /** Chunks and manifests. */
  readonly store: ObjectStore;
  /** Contents of the posts' files. */
  readonly files: FileStore;
  /** Small pictures of the photos among them, on this machine. */
  readonly previews: PhotoPreviews;
  /** Bytes of uploads that are not checked yet. */
  readonly uploads: UploadBytes;
  /** Why the store does not answer, asked once for all who want to know; null where it does. */
  storeFault(): Promise<FiberkeepError | null>;
  /** What is left of the disks. `store`, `files` and `uploads` ask it before they write. */
  readonly room: DiskRoom;
  /** Calls by API keys to this process. */
  readonly keyCalls: CallCounter;
  /** Event streams that this process sends. */
  readonly streams: OpenStreams;
  /** Exports that this process writes. */
  readonly exports: RunningExports;
  /** Rows of each table of the plant, counted one by one. */
  readonly rowCounts: SharedResult<Map<string, bigint>>;
  /** The threads that read archives; null until the first download. */
  archiveThreads: ArchiveThreads | null;
  /**
   * Makes these 32 bytes the server key, and starts web and worker again with it. Resolves when it was asked for. Null
   * where no launcher keeps this process.
   */
  installKey: ((serverKey: Buffer) => Promise<void>) | null;
  /** The clock that decides which nights are due. */
  now(): Date;
  close(): Promise<void>;
}

const POOL_SIZE = 12;
/** Whoever asks within seconds shares one count, which reads millions of rows. */
const COUNTS_GOOD_MS = 3_000;
/** Every scrape of every process would be a request to the bucket. */
const FAULT_GOOD_MS = 30_000;

/**
 * Opens a server for `config`, whose `databaseUrl` and server key the launcher has settled. `now` replaces
 * the machine's clock. Throws CONFIGURATION_INVALID.
 */
export async function openServer(
  config: Config,
  { now = () => new Date() }: { now?: () => Date } = {},
): Promise<Server> {
  const databaseUrl = config.databaseUrl;
  if (!databaseUrl)
    throw new FiberkeepError('CONFIGURATION_INVALID', { reason: 'databaseUrlNotSet' });
  const pool = openPool(databaseUrl);
  const vault = openVaultClient(pool);
  const plant = openPlantClient(pool);
  const room = openDiskRoom(config);
  const keys = deriveKeys(await readServerKey(config));
  const { store, files, uploads, probe, ...stores } = await openStores(config, keys, room);
  const faults = new SharedResult<FiberkeepError | null>(FAULT_GOOD_MS);
  const server: Server = {
    config,
    databaseUrl,
    vault,
    plant,
    pool,
    connect: () => connect(databaseUrl),
    keys,
    store,
    files,
    previews: new PhotoPreviews(path.join(config.dataDir, 'previews')),
    uploads,
    storeFault: () => faults.get(() => probe().then(() => null, asFiberkeepError)),
    room,
    keyCalls: new CallCounter(CALL_LIMIT),
    streams: new OpenStreams(),
    exports: new RunningExports(),
    rowCounts: new SharedResult(COUNTS_GOOD_MS),
    archiveThreads: null,
    installKey: null,
    now,
    async close() {
      server.archiveThreads?.end();
      await Promise.all([vault.$disconnect(), plant.$disconnect()]);
      await pool.end();
      await stores[Symbol.asyncDispose]();
    },
  };
  return server;
}

/**
 * A connection that the database ends fails the statement at hand or the next one. Without a listener it
 * would end the process too: the pool's own hears of the idle ones only.
 */
function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, stream: () => new CopySocket() });
  client.on('error', () => {}); // as in a pool
  await client.connect();
  return client;
}

/**
 * The 32 bytes of SERVER_KEY, or of the file that the launcher made. Throws CONFIGURATION_INVALID where
 * they are no server key.
 */
export async function readServerKey(
  config: Pick<Config, 'serverKey' | 'dataDir'>,
): Promise<Buffer> {
  const text =
    config.serverKey ?? (await readFile(path.join(config.dataDir, 'server.key'), 'utf8'));
  const key = parseServerKey(text);
  if (key) return key;
  throw new FiberkeepError('CONFIGURATION_INVALID', { reason: 'serverKeyMalformed' });
}

/** Bundled and plain modules of one process share this place, and so one server. */
const shared = globalThis as typeof globalThis & { fiberkeepServer?: Promise<Server> };

/** The process's server, opened at the first call from the environment. */
export function getServer(): Promise<Server> {
  shared.fiberkeepServer ??= openServer(readConfig());
  return shared.fiberkeepServer;
}
