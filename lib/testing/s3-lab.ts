import type { OpenPlaceOptions, Place } from '#engine/store/place.ts';
import type { S3Access } from '#engine/store/place-access.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { openS3Place } from '#engine/store/s3-place.ts';
import { type Fault, type FaultProxy, type ScriptedFault, startFaultProxy } from './fault-proxy.ts';
import { type S3TestServer, startS3Server } from './s3-server.ts';

export const KEYS = { accessKeyId: 'TESTKEY', secretAccessKey: 'test/secret+key' };
const PREFIX = 'a plant';

/** Waits too short to be felt, but none that a busy machine would overrun. */
export const QUICK = {
  tries: 3,
  firstWaitMs: 1,
  longestWaitMs: 5,
  connectMs: 30_000,
  idleMs: 30_000,
};

/** A bucket of the strict double behind the fault proxy, and a place opened through both. */
export interface S3Lab extends AsyncDisposable {
  readonly server: S3TestServer;
  readonly proxy: FaultProxy;
  /** Through the proxy. */
  readonly access: S3Access;
  readonly store: ObjectStore;
  readonly place: Place;
  /** Another place; the requests so far are forgotten once it is open. */
  open(
    changes?: Partial<S3Access>,
    options?: OpenPlaceOptions,
    patience?: Partial<typeof QUICK>,
  ): Promise<Place>;
  /** From now on this fault befalls what fits `on`: a method, or a test of the request. */
  strike(fault: Fault, on?: string | ScriptedFault['on'], times?: number): void;
  /** The object's name in the bucket. */
  key(name: string): string;
}

export async function openS3Lab(pageSize = 1000, { objectLock = false } = {}): Promise<S3Lab> {
  const server = await startS3Server({ ...KEYS, bucket: 'backups', pageSize, objectLock });
  const proxy = await startFaultProxy(server.endpoint);
  const access: S3Access = {
    kind: 'S3',
    bucket: 'backups',
    prefix: PREFIX,
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    pathStyle: true,
    credentials: KEYS,
  };
  const opened: Place[] = [];
  const open: S3Lab['open'] = async (changes, options, patience) => {
    const place = await openS3Place({ ...access, ...changes }, options, { ...QUICK, ...patience });
    opened.push(place);
    for (const { requests } of [server, proxy]) requests.length = 0;
    return place;
  };
  const place = await open();
  return {
    server,
    proxy,
    access,
    place,
    store: place.store,
    open,
    strike: (fault, on = () => true, times) =>
      proxy.faults.push({
        fault,
        on: typeof on === 'string' ? ({ method }) => method === on : on,
        times,
      }),
    key: (name) => `${PREFIX}/${name}`,
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
