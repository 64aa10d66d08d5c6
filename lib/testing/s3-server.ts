import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { classIn, ObjectThaws } from './s3-classes.ts';
import { checkSignature, type S3Keys, S3Refusal, type SignedRequest } from './s3-signature.ts';
import {
  lockIn,
  ObjectVersions,
  requireLock,
  retentionIn,
  type StoredObject,
} from './s3-versions.ts';

export interface S3ServerOptions extends S3Keys {
  readonly bucket: string;
  /** How many names a page of a listing holds at most. */
  readonly pageSize?: number;
  /** The bucket was created with Object Lock, and so keeps versions. */
  readonly objectLock?: boolean;
}

export interface S3TestServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  /** By their names in the bucket. */
  readonly objects: Map<string, StoredObject>;
  /** Method and address of each request, in their order. */
  readonly requests: string[];
  /** What it does with `If-None-Match: *`: some places know it not, and the worst take no notice. */
  conditions: 'kept' | 'ignored' | 'notImplemented';
  /** The bucket goes and comes with this. */
  bucketIsThere: boolean;
  /** Some places have no other class than STANDARD. */
  hasClasses: boolean;
  /** How far its clock is ahead of ours. */
  clockAheadMs: number;
  /** Of a bucket with Object Lock. */
  readonly versions: ObjectVersions;
  readonly thaws: ObjectThaws;
}

/**
 * A strict S3 on the loopback with one bucket in memory: it checks signatures, clocks, digests and conditions, which
 * npm's doubles do not. Nothing but what a flat store needs. Buckets stand in the path or in the host's name.
 */
export async function startS3Server(options: S3ServerOptions): Promise<S3TestServer> {
  const objects = new Map<string, StoredObject>();
  const state: State = {
    options,
    objects,
    versions: new ObjectVersions(objects, () => clockOf(state)),
    thaws: new ObjectThaws(),
    requests: [],
    conditions: 'kept',
    bucketIsThere: true,
    hasClasses: true,
    clockAheadMs: 0,
  };
  const server = http.createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    state.requests.push(`${method} ${url}`);
    const body = await buffer(request).catch(() => null);
    response.setHeader('date', clockOf(state).toUTCString());
    if (body) send(response, method, answerTo({ method, url, headers, body }, state));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

interface State extends Omit<S3TestServer, 'endpoint' | 'port' | typeof Symbol.asyncDispose> {
  readonly options: S3ServerOptions;
}

interface Answer {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: Buffer | string;
}

function answerTo(request: SignedRequest, state: State): Answer {
  try {
    checkSignature(request, state.options, clockOf(state));
    return operate(request, state);
  } catch (refusal) {
    if (!(refusal instanceof S3Refusal)) throw refusal;
    const { status, code, message } = refusal;
    return {
      status,
      body: xml(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`),
    };
  }
}

const clockOf = ({ clockAheadMs }: State) => new Date(Date.now() + clockAheadMs);

function operate(request: SignedRequest, state: State): Answer {
  const { searchParams } = new URL(request.url, 'http://any');
  const key = keyIn(request, state);
  if (key === '' && request.method === 'HEAD') return { status: 200 };
  if (key === '' && searchParams.has('versions')) return listVersions(searchParams, state);
  if (key === '' && request.method === 'GET') return list(searchParams, state);
  if (searchParams.has('retention')) return retention(key, request, searchParams, state);
  if (searchParams.has('restore')) return restore(key, request, state);
  switch (request.method) {
    case 'PUT':
      return put(key, request, state);
    case 'GET':
    case 'HEAD':
      return get(key, request, state);
    case 'DELETE':
      return remove(key, searchParams.get('versionId'), state);
    default:
      throw new S3Refusal(405, 'MethodNotAllowed', 'The method is not allowed here.');
  }
}

/** The object's name; empty where the request is about the bucket. */
function keyIn({ url, headers }: SignedRequest, state: State): string {
  const { bucket } = state.options;
  const path = decodeURIComponent(url.replace(/\?.*/, '')).slice(1);
  const inHost = headers.host?.startsWith(`${bucket}.`) ?? false;
  const slash = `${path}/`.indexOf('/');
  if (!state.bucketIsThere || (!inHost && path.slice(0, slash) !== bucket))
    throw new S3Refusal(404, 'NoSuchBucket', 'The bucket does not exist.');
  return inHost ? path : path.slice(slash + 1);
}

function put(key: string, { headers, body }: SignedRequest, state: State): Answer {
  const md5 = createHash('md5').update(body).digest();
  const announced = headers['content-md5'];
  if (announced === undefined)
    throw new S3Refusal(400, 'InvalidRequest', 'Content-MD5 is required here.');
  if (announced !== md5.toString('base64'))
    throw new S3Refusal(400, 'BadDigest', 'The Content-MD5 is not that of what arrived.');
  const isNew = headers['if-none-match'] === '*' && state.conditions !== 'ignored';
  if (isNew && state.conditions === 'notImplemented')
    throw new S3Refusal(501, 'NotImplemented', 'A header asks for what is not implemented.');
  if (isNew && state.objects.has(key))
    throw new S3Refusal(412, 'PreconditionFailed', 'A precondition did not hold.');
  const etag = `"${md5.toString('hex')}"`;
  const storageClass = classIn(headers, state.hasClasses);
  const object = { bytes: body, etag, modifiedAt: clockOf(state), storageClass };
  const lockedUntil = lockIn(headers, hasLock(state), clockOf(state));
  if (hasLock(state)) state.versions.put(key, object, lockedUntil);
  else state.objects.set(key, object);
  return { status: 200, headers: { etag } };
}

const hasLock = ({ options }: State) => options.objectLock ?? false;

/** Without a version, a bucket that keeps them only hides the object. */
function remove(key: string, version: string | null, state: State): Answer {
  if (!hasLock(state)) state.objects.delete(key);
  else if (version === null) state.versions.put(key, null);
  else state.versions.delete(key, version);
  return { status: 204 };
}

function listVersions(query: URLSearchParams, state: State): Answer {
  if (!hasLock(state)) throw new S3Refusal(501, 'NotImplemented', 'It keeps no versions.');
  return { status: 200, body: xml(state.versions.list(query.get('prefix') ?? '')) };
}

function retention(
  key: string,
  { method, headers, body }: SignedRequest,
  query: URLSearchParams,
  state: State,
): Answer {
  requireLock(hasLock(state));
  const version = state.versions.find(key, query.get('versionId'));
  if (method === 'PUT') {
    state.versions.retain(version, retentionIn(headers, body));
    return { status: 200 };
  }
  if (!version.lockedUntil)
    throw new S3Refusal(404, 'NoSuchObjectLockConfiguration', 'The version is not locked.');
  const until = version.lockedUntil.toISOString();
  const text = `<Mode>COMPLIANCE</Mode><RetainUntilDate>${until}</RetainUntilDate>`;
  return { status: 200, body: xml(`<Retention>${text}</Retention>`) };
}

/** RestoreObject. */
function restore(key: string, { method, body }: SignedRequest, state: State): Answer {
  if (method !== 'POST')
    throw new S3Refusal(405, 'MethodNotAllowed', 'The method is not allowed here.');
  return { status: state.thaws.restore(objectOf(key, state), body) };
}

function objectOf(key: string, { objects }: State): StoredObject {
  const found = objects.get(key);
  if (!found) throw new S3Refusal(404, 'NoSuchKey', 'The key does not exist.');
  return found;
}

function get(key: string, { method, headers }: SignedRequest, state: State): Answer {
  const found = objectOf(key, state);
  if (method === 'GET') state.thaws.requireReadable(found);
  const common = {
    etag: found.etag,
    'last-modified': found.modifiedAt.toUTCString(),
    ...state.thaws.headersOf(found),
  };
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === '') return { status: 200, headers: common, body: found.bytes };
  const body = found.bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
  if (body.length === 0) throw new S3Refusal(416, 'InvalidRange', 'The range holds nothing.');
  const range = `bytes ${from}-${Number(from) + body.length - 1}/${found.bytes.length}`;
  return { status: 206, headers: { ...common, 'content-range': range }, body };
}

/** ListObjectsV2. A token is the last name of the page before. */
function list(query: URLSearchParams, { objects, options }: State): Answer {
  if (query.get('list-type') !== '2')
    throw new S3Refusal(501, 'NotImplemented', 'Only ListObjectsV2 is known.');
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString();
  const asked = Number(query.get('max-keys') ?? 1000);
  const size = Math.min(asked, options.pageSize ?? 1000);
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(query.get('prefix') ?? '') && name > after)
    .sort();
  const page = names.slice(0, size);
  const token = names.length > size ? Buffer.from(page.at(-1) ?? '').toString('base64url') : null;
  const entries = page.map((name) => contents(name, objects.get(name) as StoredObject));
  return {
    status: 200,
    body: xml(
      `<ListBucketResult><Name>${options.bucket}</Name><KeyCount>${page.length}</KeyCount>` +
        `<IsTruncated>${token !== null}</IsTruncated>${entries.join('')}` +
        `${token === null ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`}` +
        '</ListBucketResult>',
    ),
  };
}

function contents(name: string, object: StoredObject): string {
  const { bytes, etag, modifiedAt, storageClass = 'STANDARD' } = object;
  const key = name.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return (
    `<Contents><Key>${key}</Key><LastModified>${modifiedAt.toISOString()}</LastModified>` +
    `<ETag>${etag}</ETag><Size>${bytes.length}</Size><StorageClass>${storageClass}</StorageClass></Contents>`
  );
}

const xml = (text: string) => `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;

/** RFC 9110 section 9.3.2: an answer to HEAD has no content, so that S3 cannot name its error there. */
function send(response: http.ServerResponse, method: string, answer: Answer): void {
  const body = Buffer.from(answer.body ?? '');
  response.writeHead(answer.status, { 'content-length': body.length, ...answer.headers });
  response.end(method === 'HEAD' ? undefined : body);
}
