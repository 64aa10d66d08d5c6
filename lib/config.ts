import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import type { S3Access } from '#engine/store/place-access.ts';
import { DEFAULT_REGION, isHttpUrl, parseS3Url } from '#engine/store/s3-url.ts';
import { type ErrorDetails, FiberkeepError, type Locale, locales } from '#errors';
import type { ReasonParams } from '#errors/reasons.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** The configuration, read from the environment and checked. Nothing else reads the environment. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Null: the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | null;
  /** As `parseServerKey` takes it; null: the file `server.key` under `dataDir`. */
  readonly serverKey: string | null;
  /** Where objects, files of posts and uploads lie; null: folders under `dataDir`. */
  readonly vault: S3Access | null;
  readonly adminEmail: string | null;
  readonly adminPassword: string | null;
  /** IANA name of the zone of automatic backups, until somebody chooses another. */
  readonly timeZone: string;
  /** HH:MM in `timeZone`, until somebody chooses another. */
  readonly backupTime: string;
  /** Megabytes (MiB) of disk that every writer leaves free; null: by the size of the disk. */
  readonly diskReserveMb: number | null;
  /** Gigabytes (GiB) of files that a person may put on posts in a day. */
  readonly fileGbPerDay: number;
  /** Days that a session lives at most, and days that it lives without use. */
  readonly sessionLife: { readonly days: number; readonly idleDays: number };
  /** Where people reach the server from outside; null: http://HOST:PORT. */
  readonly publicUrl: string | null;
  /** Private networks that webhooks may send to. */
  readonly webhookPrivateNetworks: BlockList;
  /** Private networks that mail servers may be in, at any port; null: in all, at the ports of mail. */
  readonly mailPrivateNetworks: BlockList | null;
  /** Private networks that destinations may be in; null: those of homes and offices, never the machine itself. */
  readonly destinationPrivateNetworks: BlockList | null;
  /** Proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: BlockList;
  /** False only in development and tests, where the API describes its own schema. */
  readonly production: boolean;
  readonly logLevel: (typeof logLevels)[number];
}

const MAX_PORT = 65_535;
/** Browsers keep a cookie no longer (RFC 6265bis §5.5). */
const MAX_SESSION_DAYS = 400;
/** A tebibyte. */
const MAX_RESERVE_MB = 1024 ** 2;
const MAX_FILE_GB = 1024;

const optional = z
  .string()
  .transform((text) => text.trim() || null)
  .nullish()
  .transform((text) => text ?? null);

const networkList = z
  .string()
  .transform(readNetworks)
  .default(() => new BlockList());

const networksOrNone = z
  .string()
  .transform((text, context) =>
    text.trim() === 'none' ? new BlockList() : readNetworks(text, context),
  )
  .nullable()
  .default(null);

const environment = z.object({
  PORT: wholeNumber(0, MAX_PORT).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: optional.refine(
    (url) => url === null || /^postgres(ql)?:\/\//.test(url),
    wrong('variableNotPostgresUrl'),
  ),
  SERVER_KEY: optional,
  VAULT_URL: optional.refine(
    (url) => url === null || parseS3Url(url) !== null,
    wrong('variableNotS3Url'),
  ),
  S3_ENDPOINT: optional.refine((url) => url === null || isHttpUrl(url), wrong('variableNotUrl')),
  AWS_REGION: optional,
  AWS_DEFAULT_REGION: optional,
  ADMIN_EMAIL: optional,
  ADMIN_PASSWORD: optional,
  TIME_ZONE: z
    .string()
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone)
    .refine(isTimeZone, wrong('variableNotTimeZone')),
  BACKUP_TIME: z
    .string()
    .refine((text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text), wrong('variableNotTimeOfDay'))
    .default('02:00'),
  DISK_RESERVE_MB: wholeNumber(1, MAX_RESERVE_MB).nullable().default(null),
  FILE_GB_PER_DAY: wholeNumber(1, MAX_FILE_GB).default(10),
  SESSION_DAYS: wholeNumber(1, MAX_SESSION_DAYS).default(30),
  SESSION_IDLE_DAYS: wholeNumber(1, MAX_SESSION_DAYS).default(7),
  PUBLIC_URL: optional.refine((url) => url === null || URL.canParse(url), wrong('variableNotUrl')),
  WEBHOOK_PRIVATE_NETWORKS: networkList,
  MAIL_PRIVATE_NETWORKS: networksOrNone,
  DESTINATION_PRIVATE_NETWORKS: networksOrNone,
  TRUSTED_PROXIES: networkList,
  NODE_ENV: z.string().default('production'),
  LOG_LEVEL: z.enum(logLevels).default('info'),
});

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine(
      (text) => /^\d{1,15}$/.test(text.trim()) && Number(text) >= min && Number(text) <= max,
      wrong('variableNotWholeNumber', { min, max }),
    )
    .transform(Number);
}

/** A list of addresses and networks in CIDR form. Throws RangeError where an entry is neither. */
export function networks(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits, more] = entry.split('/');
    // Number('') is 0, so a slash alone would mean every address.
    if (more !== undefined || !/^\d{1,3}$/.test(bits ?? '0'))
      throw new RangeError(`${entry} is no network`);
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function readNetworks(text: string, context: z.core.$RefinementCtx<string>): BlockList {
  try {
    return networks(text.split(',').map((entry) => entry.trim()));
  } catch {
    context.addIssue({ code: 'custom', input: text, ...wrong('variableNotNetworks') });
    return z.NEVER;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Throws CONFIGURATION_INVALID naming the variable and what it takes. An empty variable counts as unset. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = environment.safeParse(set);
  if (!read.success) throw invalid(read.error);
  const values = read.data;
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: path.resolve(values.DATA_DIR),
    databaseUrl: values.DATABASE_URL,
    serverKey: values.SERVER_KEY,
    vault: vaultOf(values),
    adminEmail: values.ADMIN_EMAIL,
    adminPassword: values.ADMIN_PASSWORD,
    timeZone: values.TIME_ZONE,
    backupTime: values.BACKUP_TIME,
    diskReserveMb: values.DISK_RESERVE_MB,
    fileGbPerDay: values.FILE_GB_PER_DAY,
    sessionLife: { days: values.SESSION_DAYS, idleDays: values.SESSION_IDLE_DAYS },
    publicUrl: values.PUBLIC_URL,
    webhookPrivateNetworks: values.WEBHOOK_PRIVATE_NETWORKS,
    destinationPrivateNetworks: values.DESTINATION_PRIVATE_NETWORKS,
    mailPrivateNetworks: values.MAIL_PRIVATE_NETWORKS,
    trustedProxies: values.TRUSTED_PROXIES,
    production: !['development', 'test'].includes(values.NODE_ENV),
    logLevel: values.LOG_LEVEL,
  };
}

function vaultOf(values: z.infer<typeof environment>): S3Access | null {
  const named = values.VAULT_URL === null ? null : parseS3Url(values.VAULT_URL);
  if (!named) return null;
  const { S3_ENDPOINT: endpoint, AWS_REGION, AWS_DEFAULT_REGION } = values;
  return {
    kind: 'S3',
    ...named,
    endpoint,
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? DEFAULT_REGION,
    // Other servers than Amazon's are seldom reached by a host name for each bucket.
    pathStyle: endpoint !== null,
    credentials: null,
  };
}

type VariableReason = Extract<keyof ReasonParams, `variable${string}`>;

/** What is wrong with a variable, as the second argument of a Zod check. */
function wrong<R extends VariableReason>(reason: R, params?: Omit<ReasonParams[R], 'variable'>) {
  return { params: { reason, params } };
}

function invalid({ issues: [issue] }: z.ZodError): FiberkeepError {
  const { reason, params } = faultOf(issue);
  const named = { variable: String(issue?.path[0]), ...params };
  const details = { reason, params: named, hint: 'setVariable' } as ErrorDetails;
  return new FiberkeepError('CONFIGURATION_INVALID', details);
}

function faultOf(issue?: z.core.$ZodIssue): { reason: VariableReason; params?: object } {
  if (issue?.code === 'custom') return issue.params as { reason: VariableReason; params?: object };
  if (issue?.code === 'invalid_value')
    return { reason: 'variableNotOneOf', params: { words: issue.values.join(', ') } };
  return { reason: 'variableInvalid' };
}

/** The language of the terminal (POSIX.1-2017 section 8.2); English where we do not have it. */
export function terminalLocale(env: Record<string, string | undefined> = process.env): Locale {
  const named = env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  const language = named.split(/[_.@]/)[0]?.toLowerCase();
  return locales.find((locale) => locale.split('-')[0] === language) ?? 'en';
}
