import path from 'node:path';
import { type PlaceAccess, placeUrl, SSH_PORT } from '#engine/store/place-access.ts';
import { DEFAULT_REGION, decoded, isHttpUrl, parseS3Url } from '#engine/store/s3-url.ts';
import type { Fields } from '../accounts/account-fields.ts';

/** How a destination is reached, as people enter it. Fields left out or null stay as they are. */
export interface PlaceInput {
  /** `file:///…`, `s3://bucket/prefix` or `sftp://user@host:port/folder` (`/~/…`: below the home folder). */
  readonly url?: string | null;
  /** Of S3: an http or https URL; null: Amazon's. */
  readonly endpoint?: string | null;
  readonly region?: string | null;
  readonly pathStyle?: boolean | null;
  readonly accessKeyId?: string | null;
  readonly secretAccessKey?: string | null;
  readonly profile?: string | null;
  /** Of SFTP. */
  readonly password?: string | null;
  readonly privateKey?: string | null;
  readonly passphrase?: string | null;
  readonly hostKey?: string | null;
}

/** What is kept in the open. */
export type PlaceSettings =
  | { readonly kind: 'FOLDER'; readonly folder: string }
  | {
      readonly kind: 'S3';
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint: string | null;
      readonly region: string;
      readonly pathStyle: boolean;
      readonly accessKeyId: string | null;
      readonly profile: string | null;
    }
  | {
      readonly kind: 'SFTP';
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly folder: string;
      readonly hostKey: string | null;
    };

/** What is sealed. */
export type PlaceSecrets = Partial<
  Record<'secretAccessKey' | 'password' | 'privateKey' | 'passphrase', string>
>;

const secretNames = ['secretAccessKey', 'password', 'privateKey', 'passphrase'] as const;
const MAX_PORT = 65_535;
const HOST_KEY = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** Reads the input over what was set before. Refuses wrong fields; the answer is of no use then. */
export function readPlace(
  fields: Fields,
  input: PlaceInput,
  before: PlaceSettings | null,
): PlaceSettings {
  const url = input.url ?? (before ? urlOf(before) : '');
  const read = settingsOf(url, input, before);
  if (!read) fields.refuse('input.url', { reason: 'destinationUrl' });
  if (read?.kind === 'S3') checkS3(fields, read);
  if (read?.kind === 'SFTP' && read.hostKey !== null && !HOST_KEY.test(read.hostKey))
    fields.refuse('input.hostKey', { reason: 'hostKey' });
  return read ?? { kind: 'FOLDER', folder: '/' };
}

function checkS3(
  fields: Fields,
  { endpoint, accessKeyId, profile }: PlaceSettings & { kind: 'S3' },
) {
  if (endpoint !== null && !isHttpUrl(endpoint)) fields.refuse('input.endpoint', { reason: 'url' });
  if (accessKeyId !== null && profile !== null)
    fields.refuse('input.profile', { reason: 'keyOrProfile' });
}

function settingsOf(
  text: string,
  input: PlaceInput,
  before: PlaceSettings | null,
): PlaceSettings | null {
  const url = parseUrl(text.trim());
  if (url === null || `${url.password}${url.search}${url.hash}` !== '') return null;
  switch (url.protocol) {
    case 'file:':
      return folderOf(url);
    case 's3:':
      return s3Of(url, input, before?.kind === 'S3' ? before : null);
    case 'sftp:':
      return sftpOf(url, input, before?.kind === 'SFTP' ? before : null);
    default:
      return null;
  }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function folderOf(url: URL): PlaceSettings | null {
  const folder = decoded(url.pathname);
  if (url.host !== '' || folder === null || folder === '/') return null;
  return { kind: 'FOLDER', folder: path.normalize(folder).replace(/\/$/, '') };
}

function s3Of(
  url: URL,
  input: PlaceInput,
  before: (PlaceSettings & { kind: 'S3' }) | null,
): PlaceSettings | null {
  const named = parseS3Url(url.href);
  if (!named) return null;
  const endpoint = chosen(input.endpoint, before?.endpoint);
  const profile = chosen(input.profile, before?.profile);
  return {
    kind: 'S3',
    ...named,
    endpoint,
    region: chosen(input.region, before?.region) ?? DEFAULT_REGION,
    // Other servers than Amazon's are seldom reached by a host name for each bucket.
    pathStyle: input.pathStyle ?? before?.pathStyle ?? endpoint !== null,
    accessKeyId: input.profile ? null : chosen(input.accessKeyId, before?.accessKeyId),
    profile: input.accessKeyId ? null : profile,
  };
}

function sftpOf(
  url: URL,
  input: PlaceInput,
  before: (PlaceSettings & { kind: 'SFTP' }) | null,
): PlaceSettings | null {
  const user = decoded(url.username);
  const folder = decoded(url.pathname);
  const port = url.port === '' ? SSH_PORT : Number(url.port);
  if (!user || url.hostname === '' || !folder || folder === '/' || port > MAX_PORT) return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const sameHost = before?.host === host && before.port === port;
  return {
    kind: 'SFTP',
    host,
    port,
    user,
    folder: folder.replace(/^\/~\//, '').replace(/(?<=.)\/$/, ''),
    hostKey: chosen(input.hostKey, sameHost ? before.hostKey : null),
  };
}

/** Empty means none; left out means as before. */
function chosen(
  given: string | null | undefined,
  before: string | null | undefined,
): string | null {
  if (given === undefined || given === null) return before ?? null;
  return given.trim() || null;
}

/** The secrets of the input; those left out stay. */
export function readSecrets(input: PlaceInput, before: PlaceSecrets): PlaceSecrets {
  const given = secretNames.flatMap((name) => {
    const value = input[name] ?? before[name];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Whether secrets that were typed for `before` may be sent to `after` too. */
export function isSamePeer(before: PlaceSettings, after: PlaceSettings): boolean {
  if (before.kind === 'S3' && after.kind === 'S3') return before.endpoint === after.endpoint;
  if (before.kind === 'SFTP' && after.kind === 'SFTP')
    return before.host === after.host && before.port === after.port;
  return before.kind === after.kind;
}

/** Everything that opening the place takes. */
export function accessOf(settings: PlaceSettings, secrets: PlaceSecrets): PlaceAccess {
  switch (settings.kind) {
    case 'FOLDER':
      return settings;
    case 'S3': {
      const { accessKeyId, profile, ...rest } = settings;
      const { secretAccessKey } = secrets;
      if (profile !== null) return { ...rest, credentials: { profile } };
      if (accessKeyId === null || secretAccessKey === undefined)
        return { ...rest, credentials: null };
      return { ...rest, credentials: { accessKeyId, secretAccessKey } };
    }
    case 'SFTP': {
      const { password = null, privateKey = null, passphrase = null } = secrets;
      return { ...settings, password, privateKey, passphrase };
    }
  }
}

function urlOf(settings: PlaceSettings): string {
  return placeUrl(accessOf(settings, {}));
}
