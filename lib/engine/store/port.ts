export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** As S3 calls it; left out by stores that have no classes. */
  readonly storageClass?: string | undefined;
}

/** A flat store of immutable objects. Names are `[a-z0-9./-]`. One conformance suite tests every kind. */
export interface ObjectStore {
  /** Answers take their time, and many at once take no longer: readers have several requests under way. */
  readonly far?: boolean;
  /** Writes the object whole or not at all; durable only after `sync`. Replaces an object of that name. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * As `put`, but never replaces: answers false, changing nothing, where there is an object of that name. Of
   * several at once exactly one answers true.
   */
  putNew(name: string, bytes: Uint8Array): Promise<boolean>;
  /** Makes everything put so far durable, names included. */
  sync(): Promise<void>;
  /** The object's bytes, in memory that only the caller sees. Throws CHUNK_MISSING when there is none. */
  get(name: string): Promise<Buffer>;
  has(name: string): Promise<boolean>;
  /** Removes the object; no error when there is none. */
  delete(name: string): Promise<void>;
  /** In any order; objects written or deleted meanwhile may be listed or not. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Removes what unfinished writes left behind, if they began before `before`. */
  tidy(before: Date): Promise<void>;
  /** Bytes that can still be written; null where the store cannot tell. */
  freeBytes(): Promise<bigint | null>;
}
