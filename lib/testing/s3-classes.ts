import type { IncomingHttpHeaders } from 'node:http';
import { S3Refusal } from './s3-signature.ts';
import type { StoredObject } from './s3-versions.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

const CLASSES = ['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];
/** Of the tier Standard, at most; AWS, "Understanding archive retrieval options". */
const THAW_HOURS: Readonly<Record<string, number>> = { GLACIER: 5, DEEP_ARCHIVE: 12 };

/** The class that a put names. */
export function classIn(headers: IncomingHttpHeaders, hasClasses: boolean): string {
  const named = String(headers['x-amz-storage-class'] ?? 'STANDARD');
  if (!CLASSES.includes(named) || (!hasClasses && named !== 'STANDARD'))
    throw new S3Refusal(400, 'InvalidStorageClass', 'The storage class you specified is not valid');
  return named;
}

function hoursOf({ storageClass = 'STANDARD' }: StoredObject): number | undefined {
  return THAW_HOURS[storageClass];
}

interface Thaw {
  readyAt: number;
  until: number;
}

/** Which frozen objects can be read, and until when. Rules: AWS, API references of RestoreObject and HeadObject. */
export class ObjectThaws {
  readonly #thaws = new Map<StoredObject, Thaw>();

  /** So much time has passed for all thaws. */
  pass(ms: number): void {
    for (const thaw of this.#thaws.values()) {
      thaw.readyAt -= ms;
      thaw.until -= ms;
    }
  }

  /** Answers the status: 202 where the thaw begins, 200 where the object is thawed already. */
  restore(object: StoredObject, body: Buffer): number {
    const hours = hoursOf(object);
    if (hours === undefined)
      throw new S3Refusal(403, 'InvalidObjectState', 'Restore is not allowed for this class');
    const [, days = ''] = /<Days>(\d+)<\/Days>/.exec(body.toString()) ?? [];
    if (Number(days) < 1 || !body.includes('<Tier>Standard</Tier>'))
      throw new S3Refusal(400, 'MalformedXML', 'Days and the tier Standard are needed.');
    const state = this.#stateOf(object);
    if (state === 'UNDER_WAY')
      throw new S3Refusal(409, 'RestoreAlreadyInProgress', 'Object restore is already in progress');
    const readyAt = Date.now() + (state === 'THAWED' ? 0 : hours * HOUR_MS);
    this.#thaws.set(object, { readyAt, until: readyAt + Number(days) * DAY_MS });
    return state === 'THAWED' ? 200 : 202;
  }

  requireReadable(object: StoredObject): void {
    if (hoursOf(object) !== undefined && this.#stateOf(object) !== 'THAWED')
      throw new S3Refusal(403, 'InvalidObjectState', "Not valid for the object's storage class");
  }

  /** A class that is none is not named. */
  headersOf(object: StoredObject): Record<string, string> {
    const { storageClass = 'STANDARD' } = object;
    const named = storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass };
    const state = this.#stateOf(object);
    if (state === 'FROZEN') return { ...named };
    const date = new Date(this.#thaws.get(object)?.until ?? 0).toUTCString();
    const restore =
      state === 'UNDER_WAY'
        ? 'ongoing-request="true"'
        : `ongoing-request="false", expiry-date="${date}"`;
    return { ...named, 'x-amz-restore': restore };
  }

  #stateOf(object: StoredObject): 'FROZEN' | 'UNDER_WAY' | 'THAWED' {
    const thaw = this.#thaws.get(object);
    if (!thaw || thaw.until <= Date.now()) return 'FROZEN';
    return thaw.readyAt > Date.now() ? 'UNDER_WAY' : 'THAWED';
  }
}
