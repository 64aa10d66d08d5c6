import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Refusal } from './s3-signature.ts';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modifiedAt: Date;
  /** Left out: STANDARD. */
  readonly storageClass?: string;
}

interface StoredVersion {
  readonly id: string;
  /** Null: a delete marker. */
  readonly object: StoredObject | null;
  lockedUntil: Date | null;
}

/**
 * The versions of a bucket with Object Lock, in COMPLIANCE mode. Rules: AWS, "Locking objects with Object Lock" and
 * "Deleting object versions from a versioning-enabled bucket".
 */
export class ObjectVersions {
  readonly #current: Map<string, StoredObject>;
  readonly #now: () => Date;
  /** Oldest first. */
  readonly #versions = new Map<string, StoredVersion[]>();
  #made = 0;
  /** Some places take locks and keep none. */
  areLocksKept = true;

  /** `current` is what requests without versions see, and follows. */
  constructor(current: Map<string, StoredObject>, now: () => Date) {
    this.#current = current;
    this.#now = now;
  }

  put(key: string, object: StoredObject | null, lockedUntil: Date | null = null): void {
    const version = { id: `v${++this.#made}`, object, lockedUntil };
    this.#versions.set(key, [...this.of(key), version]);
    this.#follow(key);
  }

  of(key: string): readonly StoredVersion[] {
    return this.#versions.get(key) ?? [];
  }

  delete(key: string, id: string): void {
    const version = this.of(key).find((one) => one.id === id);
    const until = this.areLocksKept && version?.lockedUntil;
    if (until && until > this.#now())
      throw new S3Refusal(403, 'AccessDenied', 'Access Denied because object protected by lock.');
    this.#versions.set(
      key,
      this.of(key).filter((one) => one.id !== id),
    );
    this.#follow(key);
  }

  /** Null: the newest. */
  find(key: string, id: string | null): StoredVersion {
    const version = id === null ? this.of(key).at(-1) : this.of(key).find((one) => one.id === id);
    if (!version) throw new S3Refusal(404, 'NoSuchKey', 'The key does not exist.');
    if (!version.object)
      throw new S3Refusal(405, 'MethodNotAllowed', 'The version is a delete marker.');
    return version;
  }

  /** So much time has passed for all locks. */
  pass(ms: number): void {
    for (const version of [...this.#versions.values()].flat())
      if (version.lockedUntil) version.lockedUntil = new Date(Number(version.lockedUntil) - ms);
  }

  retain(version: StoredVersion, until: Date): void {
    assertAhead(until, this.#now());
    const { lockedUntil } = version;
    if (lockedUntil && lockedUntil > this.#now() && until < lockedUntil)
      throw new S3Refusal(403, 'AccessDenied', 'Retention in this mode is never shortened.');
    version.lockedUntil = until;
  }

  /** ListObjectVersions, on one page. */
  list(prefix: string): string {
    const entries = [...this.#versions]
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([key, versions]) => versions.map((version) => entry(key, version)));
    const text = `<IsTruncated>false</IsTruncated>${entries.join('')}`;
    return `<ListVersionsResult>${text}</ListVersionsResult>`;
  }

  /** Objects that are hidden though something of them is still there, in what was ever locked. */
  leftovers(): string[] {
    const isLeft = (versions: readonly StoredVersion[]) =>
      versions.some(({ lockedUntil }) => lockedUntil) && !versions.at(-1)?.object;
    return [...this.#versions].filter(([, versions]) => isLeft(versions)).map(([key]) => key);
  }

  #follow(key: string): void {
    const object = this.of(key).at(-1)?.object;
    if (object) this.#current.set(key, object);
    else this.#current.delete(key);
  }
}

function entry(key: string, { id, object }: StoredVersion): string {
  const tag = object ? 'Version' : 'DeleteMarker';
  return `<${tag}><Key>${key}</Key><VersionId>${id}</VersionId></${tag}>`;
}

/** Until when a put is to be locked; null: it is not. */
export function lockIn(headers: IncomingHttpHeaders, hasLock: boolean, now: Date): Date | null {
  const mode = headers['x-amz-object-lock-mode'];
  const until = headers['x-amz-object-lock-retain-until-date'];
  if (mode === undefined && until === undefined) return null;
  requireLock(hasLock);
  if (mode !== 'COMPLIANCE' || until === undefined)
    throw new S3Refusal(400, 'InvalidArgument', 'Both lock headers are needed, in COMPLIANCE.');
  const date = new Date(String(until));
  assertAhead(date, now);
  return date;
}

export function requireLock(hasLock: boolean): void {
  if (!hasLock)
    throw new S3Refusal(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
}

function assertAhead(until: Date, now: Date): void {
  if (!(until > now))
    throw new S3Refusal(400, 'InvalidArgument', 'The retain until date must be in the future!');
}

/** The date in the body of PutObjectRetention, which needs a checksum of its body. */
export function retentionIn(headers: IncomingHttpHeaders, body: Buffer): Date {
  if (headers['content-md5'] !== createHash('md5').update(body).digest('base64'))
    throw new S3Refusal(400, 'InvalidRequest', 'Content-MD5 is required here.');
  const text = body.toString();
  const until = /<RetainUntilDate>([^<]+)<\/RetainUntilDate>/.exec(text)?.[1];
  if (!text.includes('<Mode>COMPLIANCE</Mode>') || until === undefined)
    throw new S3Refusal(400, 'MalformedXML', 'A mode and a date are needed.');
  return new Date(until);
}
