import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { FiberkeepError } from '#errors';
import { placeUrl, type S3Access } from './place-access.ts';
import { isTransient, statusOf } from './s3-errors.ts';

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
  async put(name: string, bytes: Uint8Array, ifNew = false): Promise<void> {
    const md5 = createHash('md5').update(bytes).digest();
    const stored = await this.#client.send(
      new PutObjectCommand({
        ...this.#object(name),
        Body: bytes,
        ContentMD5: md5.toString('base64'),
        ...(ifNew && { IfNoneMatch: '*' }),
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

  /**
   * An answer to HEAD has no body that names its error: a bucket that is gone looks like an object that is not there.
   * So what is wrong is asked once more.
   */
  async has(name: string): Promise<boolean> {
    try {
      await this.#client.send(new HeadObjectCommand(this.#object(name)), this.#options);
      return true;
    } catch (error) {
      if (isTransient(error)) throw error;
      await this.probe();
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  /** Some places answer 404 where there is none. */
  async delete(name: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#object(name)), this.#options);
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error;
    }
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
