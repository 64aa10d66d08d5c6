import type { DestinationInput, DestinationKind } from '#generated/graphql/client/graphql.ts';

/** Where a place is and how it is reached, as it is sent. */
export type AddressInput = Omit<DestinationInput, 'url'> & { readonly url: string };

export type Credentials = 'key' | 'environment' | 'profile';
/** `kept`: the secret that is saved. */
export type Login = 'kept' | 'password' | 'privateKey';

/** Where chunks that hold contents lie on S3. BUCKET: as the bucket has it. */
export const placeClasses = [
  'BUCKET',
  'STANDARD_IA',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;
export type PlaceClass = (typeof placeClasses)[number];

/** What lies in these is read only after hours. */
export const isFrozen = (one: PlaceClass) => one === 'GLACIER' || one === 'DEEP_ARCHIVE';

/** A destination as typed; only the fields of its kind count. */
export interface PlaceValues {
  readonly kind: DestinationKind;
  readonly name: string;
  readonly folder: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly profile: string;
  /** Null: as the server chooses. */
  readonly pathStyle: boolean | null;
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly path: string;
  readonly login: Login;
  readonly password: string;
  readonly privateKey: string;
  readonly passphrase: string;
  readonly hostKey: string;
  readonly keepLast: string;
  readonly keepDaily: string;
  readonly keepWeekly: string;
  readonly keepMonthly: string;
  /** MB/s. */
  readonly rate: string;
  readonly quietFrom: string;
  readonly quietUntil: string;
  /** Of S3; empty: it is not locked. */
  readonly lockDays: string;
  /** Of S3. */
  readonly storageClass: PlaceClass;
  /** ISO weekdays; none: after each night. */
  readonly sendDays: readonly number[];
  readonly sendTime: string;
  /** Otherwise the server's defaults count. */
  readonly ownPrices: boolean;
  readonly currency: string;
  readonly storage: string;
  readonly writes: string;
  readonly reads: string;
  readonly egress: string;
}

/** A new destination, with the server's own defaults. */
export const newPlace: PlaceValues = {
  kind: 'FOLDER',
  name: '',
  folder: '',
  bucket: '',
  prefix: '',
  endpoint: '',
  region: '',
  credentials: 'key',
  accessKeyId: '',
  secretAccessKey: '',
  profile: '',
  pathStyle: null,
  host: '',
  port: '22',
  user: '',
  path: '',
  login: 'password',
  password: '',
  privateKey: '',
  passphrase: '',
  hostKey: '',
  keepLast: '7',
  keepDaily: '30',
  keepWeekly: '13',
  keepMonthly: '24',
  rate: '',
  quietFrom: '',
  quietUntil: '',
  lockDays: '',
  storageClass: 'BUCKET',
  sendDays: [],
  sendTime: '',
  ownPrices: false,
  currency: 'USD',
  storage: '0.023',
  writes: '0.005',
  reads: '0.0004',
  egress: '0.09',
};

/** A path as a URL has it. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
