import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  PutObjectRetentionCommand,
  RestoreObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { FiberkeepError } from '#errors';
import { placeUrl, type S3Access } from './place-access.ts';
import { isTransient, statusOf } from './s3-errors.ts';
import { isFrozenClass, type StorageClass } from './storage-class.ts';

/**
 * AWS, "Locking objects with Object Lock": nobody shortens this mode, whatever they may do. The other one is of no use
 * where a stolen key may do everything.
 */
const LOCK_MODE = 'COMPLIANCE';

/**
 * AWS, "Understanding archive retrieval options": within 5 hours from GLACIER, 12 from DEEP_ARCHIVE. Bulk costs less
 * and takes up to 12 and 48, in which a network is down; Expedited does not know DEEP_ARCHIVE.
 */
const THAW_TIER = 'Standard';

interface PutOptions {
  /** Only where there is no object of that name. */
  readonly ifNew?: boolean;
  readonly lockedUntil?: Date;
  readonly storageClass?: StorageClass | null;
}

/** The requests to the objects under a prefix, each made once. They throw what the SDK throws. */
export class S3Bucket {
  readonly #client: S3Client;
  readonly #access: S3Access;
  readonly #prefix: string;
  readonly #options: { readonly abortSignal?: AbortSignal };

  constructor(client: S3Client, access: S3Access, signal?: AbortSignal) {
    this.#client = client;
    this.#access = access;
    this.#prefix = access.prefix && `${access.prefix}/`;
    this.#options = signal ? { abortSignal: signal } : {};
  }

  /** The place refuses a body that is not that of Content-MD5. Throws where it says that it stored another one. */
  async put(
    name: string,
    bytes: Uint8Array,
    { ifNew, lockedUntil, storageClass }: PutOptions = {},
  ) {
    const md5 = createHash('md5').update(bytes).digest();
    const stored = await this.#client.send(
      new PutObjectCommand({
        ...this.#object(name),
        Body: bytes,
        ContentMD5: md5.toString('base64'),
        ...(ifNew && { IfNoneMatch: '*' }),
        ...(storageClass && { StorageClass: storageClass }),
        ...(lockedUntil && {
          ObjectLockMode: LOCK_MODE,
          ObjectLockRetainUntilDate: lockedUntil,
        }),
      }),
      this.#options,
    );
    if (!stored.ETag) throw new Error('it does not confirm what it stored');
    const etag = md5OfETag(stored);
    if (etag !== null && etag !== md5.toString('hex'))
      throw new FiberkeepError('DESTINATION_UNUSABLE', {
        reason: 'placeObjectAltered',
        params: { place: placeUrl(this.#access), object: name },
      });
  }

  /** Null where there is none. A body shorter than its Content-Length fails as a broken connection, by Node itself. */
  async get(name: string, part?: { start: number; bytes: number }): Promise<Buffer | null> {
    const range = part && { Range: `bytes=${part.start}-${part.start + part.bytes - 1}` };
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ ...this.#object(name), ...range }),
        this.#options,
      );
      return await buffer(Body as Readable);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      if ((error as Error).name !== 'NoSuchKey') await this.probe();
      return null;
    }
  }

  async has(name: string): Promise<boolean> {
    return (await this.#head(name)) !== null;
  }

  /**
   * An answer to HEAD has no body that names its error: a bucket that is gone looks like an object that is not there.
   * So what is wrong is asked once more. Null where there is no object.
   */
  async #head(name: string): Promise<HeadObjectCommandOutput | null> {
    try {
      return await this.#client.send(new HeadObjectCommand(this.#object(name)), this.#options);
    } catch (error) {
      if (isTransient(error)) throw error;
      await this.probe();
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  /** Where the object is in its thaw; null: it needs none. */
  async thawState(name: string): Promise<'FROZEN' | 'UNDER_WAY' | 'THAWED' | null> {
    const head = await this.#head(name);
    if (!head || !isFrozenClass(head.StorageClass)) return null;
    // API HeadObject, x-amz-restore: no header before a restore was asked for, and after its days are over.
    if (!head.Restore) return 'FROZEN';
    return head.Restore.includes('ongoing-request="true"') ? 'UNDER_WAY' : 'THAWED';
  }

  /** Asks for a copy that can be read for so many days. Refused where somebody asked already. */
  async restore(name: string, days: number): Promise<void> {
    const command = new RestoreObjectCommand({
      ...this.#object(name),
      RestoreRequest: { Days: days, GlacierJobParameters: { Tier: THAW_TIER } },
    });
    await this.#client.send(command, this.#options);
  }

  /** Some places answer 404 where there is none. */
  async delete(name: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#object(name)), this.#options);
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error;
    }
  }

  /** Locks the newest version. Answers false where there is none. Refused where it is locked for longer. */
  async lock(name: string, until: Date): Promise<boolean> {
    const command = new PutObjectRetentionCommand({
      ...this.#object(name),
      Retention: { Mode: LOCK_MODE, RetainUntilDate: until },
    });
    // Other places ask for Content-MD5 here, as Amazon did before its newer checksums.
    command.middlewareStack.add(
      (next) => async (args) => {
        const { body, headers } = args.request as { body: string; headers: Record<string, string> };
        headers['content-md5'] = createHash('md5').update(body).digest('base64');
        return next(args);
      },
      { step: 'build' },
    );
    try {
      await this.#client.send(command, this.#options);
      return true;
    } catch (error) {
      // 405: the newest version is a delete marker.
      const isGone = (error as Error).name === 'NoSuchKey' || statusOf(error) === 405;
      if (!isGone) throw error;
      return false;
    }
  }

  /** Until when this version, or the newest one, is locked; null where it is not. */
  async lockedUntil(name: string, version?: string): Promise<Date | null> {
    const { Retention } = await this.#client.send(
      new GetObjectRetentionCommand({
        ...this.#object(name),
        ...(version && { VersionId: version }),
      }),
      this.#options,
    );
    return Retention?.RetainUntilDate ?? null;
  }

  /** Delete markers are versions too. */
  async versions(name: string): Promise<string[]> {
    const { Key, Bucket } = this.#object(name);
    const found: string[] = [];
    for (let from = {}; ; ) {
      const page = await this.#client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: Key, ...from }),
        this.#options,
      );
      if (page.IsTruncated === undefined) throw new Error('its answer is no listing');
      for (const one of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        if (one.Key === Key && one.VersionId) found.push(one.VersionId);
      if (!page.IsTruncated) return found;
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  /** Nothing brings the version back. */
  async deleteVersion(name: string, version: string): Promise<void> {
    const command = new DeleteObjectCommand({ ...this.#object(name), VersionId: version });
    await this.#client.send(command, this.#options);
  }

  /** Throws where no other page follows one that says so: what is not listed would be taken for missing. */
  async page(prefix: string, token?: string, atOnce?: number): Promise<ListObjectsV2CommandOutput> {
    const page = await this.#client.send(
      new ListObjectsV2Command({
        Bucket: this.#access.bucket,
        Prefix: this.#prefix + prefix,
        ...(token !== undefined && { ContinuationToken: token }),
        ...(atOnce !== undefined && { MaxKeys: atOnce }),
      }),
      this.#options,
    );
    assertListing(page);
    const { IsTruncated, NextContinuationToken: next } = page;
    if (IsTruncated && (!next || next === token)) throw new Error('its listing does not go on');
    return page;
  }

  /** The object's name; empty where its key is not under the prefix. */
  nameOf(key: string): string {
    return key.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : '';
  }

  /**
   * Throws unless the bucket is there and may be listed; answers the place's clock. Not HeadBucket, whose errors
   * have no names, and which keys that are held to a prefix may not ask.
   */
  async probe(): Promise<Date | null> {
    const command = new ListObjectsV2Command({
      Bucket: this.#access.bucket,
      Prefix: this.#prefix,
      MaxKeys: 1,
    });
    let date = Number.NaN;
    command.middlewareStack.add(
      (next) => async (args) => {
        const answered = await next(args);
        const { headers } = answered.response as { headers: Record<string, string> };
        date = Date.parse(headers.date ?? '');
        return answered;
      },
      { step: 'deserialize' },
    );
    assertListing(await this.#client.send(command, this.#options));
    return Number.isNaN(date) ? null : new Date(date);
  }

  #object(name: string) {
    return { Bucket: this.#access.bucket, Key: this.#prefix + name };
  }
}

/** A page of another server, such as one that wants people to sign in, reads as a listing of nothing. */
function assertListing({ IsTruncated }: ListObjectsV2CommandOutput): void {
  if (IsTruncated === undefined) throw new Error('its answer is no listing');
}

/** An ETag is the MD5 of what was put, unless the place encrypts with a key of KMS or of the client. */
function md5OfETag(stored: PutObjectCommandOutput): string | null {
  const { ETag = '', ServerSideEncryption = 'AES256', SSECustomerAlgorithm } = stored;
  if (ServerSideEncryption !== 'AES256' || SSECustomerAlgorithm) return null;
  return /^"?([0-9a-f]{32})"?$/.exec(ETag)?.[1] ?? null;
}
