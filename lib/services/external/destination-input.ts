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
  /** HH:MM; empty: no quiet hours. */
  readonly quietFrom?: string | null;
  readonly quietUntil?: string | null;
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
  };
}

const MAX_NAME_CHARS = 60;
/** Less would never end; more is none. */
const MIN_BYTES_PER_SECOND = 1_000n;
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
  const pace = {
    bytesPerSecond: readRate(fields, input.bytesPerSecond),
    quietFrom: readTime(fields, 'quietFrom', input.quietFrom),
    quietUntil: readTime(fields, 'quietUntil', input.quietUntil),
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
    ...pace,
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

function readTime(
  fields: Fields,
  field: 'quietFrom' | 'quietUntil',
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
