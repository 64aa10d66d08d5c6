import { type StorageClass, storageClasses } from '#engine/store/storage-class.ts';
import { Fields } from '../accounts/account-fields.ts';
import { isTimeOfDay } from '../schedule/night-times.ts';
import { wrongNumbers } from '../schedule/schedule.ts';
import type { DestinationRow } from './destination-rows.ts';
import { settingsIn } from './open-destination.ts';
import {
  isSamePeer,
  type PlaceInput,
  type PlaceSecrets,
  type PlaceSettings,
  readPlace,
  readSecrets,
} from './place-settings.ts';
import { type Prices, readPrices } from './prices.ts';

/** BUCKET: as the bucket has it. */
export const storageClassChoices = [...storageClasses, 'BUCKET'] as const;
export type StorageClassChoice = (typeof storageClassChoices)[number];

/** Fields left out or null stay as they are. */
export interface DestinationInput extends PlaceInput {
  readonly name?: string | null;
  /** Off: nothing is sent there, and nothing is removed there. */
  readonly enabled?: boolean | null;
  readonly keepLast?: number | null;
  readonly keepDaily?: number | null;
  readonly keepWeekly?: number | null;
  readonly keepMonthly?: number | null;
  /** 0: no limit. */
  readonly bytesPerSecond?: bigint | null;
  /** HH:MM, both or none; empty: no quiet hours. */
  readonly quietFrom?: string | null;
  readonly quietUntil?: string | null;
  /** ISO weekdays, 1 is Monday; empty: after each night. */
  readonly sendDays?: readonly number[] | null;
  /** HH:MM in the schedule's zone: when it is sent on these days. */
  readonly sendTime?: string | null;
  /** Of S3: Object Lock for so many days at least; 0: without. */
  readonly lockDays?: number | null;
  /** Of S3: in which chunks that hold contents are put from now on. */
  readonly storageClass?: StorageClassChoice | null;
  /** Left out or null: as they are. */
  readonly prices?: Prices | null;
  /** The prices of before are forgotten, and the defaults count. */
  readonly defaultPrices?: boolean | null;
}

export interface ReadDestination {
  readonly settings: PlaceSettings;
  readonly secrets: PlaceSecrets;
  /** Columns to write; what is undefined stays. */
  readonly values: {
    readonly name: string;
    readonly enabled: boolean | undefined;
    readonly keepLast: number | undefined;
    readonly keepDaily: number | undefined;
    readonly keepWeekly: number | undefined;
    readonly keepMonthly: number | undefined;
    readonly bytesPerSecond: bigint | null | undefined;
    readonly quietFrom: string | null | undefined;
    readonly quietUntil: string | null | undefined;
    readonly sendDays: number[] | undefined;
    readonly sendTime: string | null | undefined;
    readonly lockDays: number | null | undefined;
    readonly storageClass: StorageClass | null | undefined;
    readonly prices: Prices | null | undefined;
  };
}

const MAX_NAME_CHARS = 60;
/** Less would never end; more is none. */
const MIN_BYTES_PER_SECOND = 1_000n;
const MAX_LOCK_DAYS = 3650;
const MAX_BYTES_PER_SECOND = 1_000_000_000_000n;

/**
 * Reads what somebody entered over what was set before. Secrets that were typed for one peer are dropped where the
 * address names another. Throws VALIDATION_FAILED naming each wrong field.
 */
export function readDestination(
  input: DestinationInput,
  before: { readonly row: DestinationRow; readonly secrets: PlaceSecrets } | null,
): ReadDestination {
  const fields = new Fields();
  const old = before && settingsIn(before.row);
  const settings = readPlace(fields, input, old);
  const secrets = readSecrets(
    input,
    before && old && isSamePeer(old, settings) ? before.secrets : {},
  );
  const name = fields.name('input.name', input.name ?? before?.row.name ?? '', MAX_NAME_CHARS);
  for (const { path, ...fault } of wrongNumbers(input, 'input')) fields.refuse(path, fault);
  const more = {
    bytesPerSecond: readRate(fields, input.bytesPerSecond),
    ...readQuiet(fields, input, before?.row ?? null),
    ...readSendSchedule(fields, input, before?.row ?? null),
    lockDays: readLockDays(fields, input.lockDays, settings),
    storageClass: readStorageClass(fields, input.storageClass, settings),
    prices: input.defaultPrices ? null : readPrices(fields, input.prices),
  };
  fields.check();
  const { enabled, keepLast, keepDaily, keepWeekly, keepMonthly } = input;
  const values = {
    name,
    enabled: enabled ?? undefined,
    keepLast: keepLast ?? undefined,
    keepDaily: keepDaily ?? undefined,
    keepWeekly: keepWeekly ?? undefined,
    keepMonthly: keepMonthly ?? undefined,
    ...more,
  };
  return { settings, secrets, values };
}

function readRate(fields: Fields, rate: bigint | null | undefined): bigint | null | undefined {
  if (rate === null || rate === undefined) return undefined;
  if (rate === 0n) return null;
  if (rate < MIN_BYTES_PER_SECOND || rate > MAX_BYTES_PER_SECOND)
    fields.refuse('input.bytesPerSecond', {
      reason: 'range',
      params: { min: Number(MIN_BYTES_PER_SECOND), max: Number(MAX_BYTES_PER_SECOND) },
    });
  return rate;
}

/** A place of another kind than S3 has none. */
function readLockDays(
  fields: Fields,
  days: number | null | undefined,
  { kind }: PlaceSettings,
): number | null | undefined {
  if (kind !== 'S3' && days) fields.refuse('input.lockDays', { reason: 'lockNeedsS3' });
  if (kind !== 'S3' || days === 0) return null;
  if (days === null || days === undefined) return undefined;
  if (!Number.isInteger(days) || days < 1 || days > MAX_LOCK_DAYS)
    fields.refuse('input.lockDays', {
      reason: 'wholeNumber',
      params: { min: 0, max: MAX_LOCK_DAYS },
    });
  return days;
}

/** A place of another kind than S3 has none. */
function readStorageClass(
  fields: Fields,
  chosen: StorageClassChoice | null | undefined,
  { kind }: PlaceSettings,
): StorageClass | null | undefined {
  if (kind !== 'S3' && chosen && chosen !== 'BUCKET')
    fields.refuse('input.storageClass', { reason: 'storageClassNeedsS3' });
  if (kind !== 'S3' || chosen === 'BUCKET') return null;
  return chosen ?? undefined;
}

type QuietHours = Pick<DestinationRow, 'quietFrom' | 'quietUntil'>;

/** One without the other would do nothing. */
function readQuiet(fields: Fields, input: DestinationInput, before: QuietHours | null) {
  const quietFrom = readTime(fields, 'quietFrom', input.quietFrom);
  const quietUntil = readTime(fields, 'quietUntil', input.quietUntil);
  const from = quietFrom === undefined ? (before?.quietFrom ?? null) : quietFrom;
  const until = quietUntil === undefined ? (before?.quietUntil ?? null) : quietUntil;
  if ((from === null) !== (until === null))
    fields.refuse(from === null ? 'input.quietFrom' : 'input.quietUntil', { reason: 'bothTimes' });
  return { quietFrom, quietUntil };
}

type SendTimes = Pick<DestinationRow, 'sendDays' | 'sendTime'>;

/** Without days there is no time: it is sent after each night then. */
function readSendSchedule(fields: Fields, input: DestinationInput, before: SendTimes | null) {
  if (input.sendDays == null && input.sendTime == null)
    return { sendDays: undefined, sendTime: undefined };
  const sendDays = [...new Set(input.sendDays ?? before?.sendDays ?? [])].sort();
  const time = readTime(fields, 'sendTime', input.sendTime);
  const sendTime = time === undefined ? (before?.sendTime ?? null) : time;
  if (!sendDays.every((day) => Number.isInteger(day) && day >= 1 && day <= 7))
    fields.refuse('input.sendDays', { reason: 'wholeNumber', params: { min: 1, max: 7 } });
  if (sendDays.length === 0) return { sendDays, sendTime: null };
  if (sendTime === null) fields.refuse('input.sendTime', { reason: 'required' });
  return { sendDays, sendTime };
}

function readTime(
  fields: Fields,
  field: 'quietFrom' | 'quietUntil' | 'sendTime',
  time: string | null | undefined,
): string | null | undefined {
  if (time === null || time === undefined) return undefined;
  if (time === '') return null;
  if (!isTimeOfDay(time)) fields.refuse(`input.${field}`, { reason: 'timeOfDay' });
  return time;
}

/** Whether the input says anything of where the place is and how it is reached. */
export function namesPlace(input: PlaceInput): boolean {
  const place = [
    ...(['url', 'endpoint', 'region', 'pathStyle', 'accessKeyId', 'secretAccessKey'] as const),
    ...(['profile', 'password', 'privateKey', 'passphrase', 'hostKey'] as const),
  ];
  return place.some((field) => input[field] !== null && input[field] !== undefined);
}
