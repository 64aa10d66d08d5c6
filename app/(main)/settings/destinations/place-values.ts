import type {
  DestinationInput,
  DestinationPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { type AddressInput, encodePath, newPlace, type PlaceValues } from './new-place.ts';
import { s3Place } from './s3-values.ts';
import { sftpPlace } from './sftp-values.ts';

const BYTES_PER_MB = 1_000_000;

/** The form of a destination that is there. Secrets are never in it. */
export function placeValues(destination: DestinationPartsFragment): PlaceValues {
  const { bytesPerSecond, kind, name, url } = destination;
  return {
    ...newPlace,
    kind,
    name,
    ...(kind === 'FOLDER' && { folder: decodeURIComponent(url.replace(/^file:\/\//, '')) }),
    ...(kind === 'S3' && s3Place.read(destination)),
    ...(kind === 'SFTP' && sftpPlace.read(destination)),
    keepLast: String(destination.keepLast),
    keepDaily: String(destination.keepDaily),
    keepWeekly: String(destination.keepWeekly),
    keepMonthly: String(destination.keepMonthly),
    rate: bytesPerSecond ? String(Number(bytesPerSecond) / BYTES_PER_MB) : '',
    quietFrom: destination.quietFrom ?? '',
    quietUntil: destination.quietUntil ?? '',
    storageClass: destination.storageClass ?? 'BUCKET',
    lockDays: destination.lockDays ? String(destination.lockDays) : '',
    sendDays: destination.sendDays,
    sendTime: destination.sendTime ?? '',
    ...priceValues(destination),
  };
}

function priceValues({ prices }: DestinationPartsFragment): Partial<PlaceValues> {
  if (!prices || prices.isDefault) return {};
  const { currency, storage, writes, reads, egress } = prices;
  return {
    ownPrices: true,
    currency,
    storage: String(storage),
    writes: String(writes),
    reads: String(reads),
    egress: String(egress),
  };
}

/** What to send: of a destination that is there, only what changed, since a new address is tested first. */
export function placeInput(values: PlaceValues, before: PlaceValues | null): DestinationInput {
  const input = wholeInput(values);
  if (!before) return input;
  const old: Readonly<Record<string, unknown>> = { ...wholeInput(before) };
  return Object.fromEntries(
    Object.entries(input).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(old[field]),
    ),
  );
}

function wholeInput(values: PlaceValues): DestinationInput {
  return {
    name: values.name,
    ...addressInput(values),
    keepLast: Number(values.keepLast),
    keepDaily: Number(values.keepDaily),
    keepWeekly: Number(values.keepWeekly),
    keepMonthly: Number(values.keepMonthly),
    bytesPerSecond: String(Math.round(Number(values.rate) * BYTES_PER_MB)),
    quietFrom: values.quietFrom,
    quietUntil: values.quietUntil,
    sendDays: [...values.sendDays],
    sendTime: values.sendTime,
    ...(values.kind === 'S3' && {
      lockDays: Number(values.lockDays),
      storageClass: values.storageClass,
    }),
    ...priceInput(values),
  };
}

function priceInput({ ownPrices, ...values }: PlaceValues): DestinationInput {
  if (!ownPrices || values.kind !== 'S3') return { defaultPrices: true };
  const { currency, storage, writes, reads, egress } = values;
  return {
    defaultPrices: false,
    prices: {
      currency,
      storage: Number(storage),
      writes: Number(writes),
      reads: Number(reads),
      egress: Number(egress),
    },
  };
}

/** Where the place is and how it is reached. */
export function addressInput(values: PlaceValues): AddressInput {
  switch (values.kind) {
    case 'FOLDER':
      return { url: `file://${encodePath(values.folder.trim())}` };
    case 'S3':
      return s3Place.input(values);
    case 'SFTP':
      return sftpPlace.input(values);
  }
}

/** AWS, "Bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The field that a refused address is shown at. */
export function wrongField(values: PlaceValues): 'folder' | 'bucket' | 'prefix' | 'host' | 'path' {
  if (values.kind === 'FOLDER') return 'folder';
  if (values.kind === 'S3') return BUCKET.test(values.bucket.trim()) ? 'prefix' : 'bucket';
  return /^\/*$/.test(values.path.trim()) ? 'path' : 'host';
}
