import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { FiberkeepError } from './errors/index.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** What the environment says, checked; the one place that reads it. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Null: the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | null;
  /** As `parseServerKey` takes it; null: the file `server.key` under `dataDir`. */
  readonly serverKey: string | null;
  readonly adminEmail: string | null;
  readonly adminPassword: string | null;
  /** IANA name; of the automatic backups, until somebody chooses another one. */
  readonly timeZone: string;
  /** HH:MM in `timeZone`, likewise. */
  readonly backupTime: string;
  /** Where people reach the server from outside; null: http://HOST:PORT. */
  readonly publicUrl: string | null;
  /** Where webhooks may lead although it is not public. */
  readonly webhookPrivateNetworks: BlockList;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: BlockList;
  /** False only while developing and testing: then the API describes its own schema. */
  readonly production: boolean;
  readonly logLevel: (typeof logLevels)[number];
}

const optional = z
  .string()
  .transform((text) => text.trim() || null)
  .nullish()
  .transform((text) => text ?? null);

const networkList = z
  .string()
  .transform(readNetworks)
  .default(() => new BlockList());

const environment = z.object({
  PORT: z
    .string()
    .refine(isPort, 'must be a whole number from 0 to 65535')
    .transform(Number)
    .default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: optional.refine(
    (url) => url === null || /^postgres(ql)?:\/\//.test(url),
    'must begin with postgresql://',
  ),
  SERVER_KEY: optional,
  ADMIN_EMAIL: optional,
  ADMIN_PASSWORD: optional,
  TIME_ZONE: z
    .string()
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone)
    .refine(isTimeZone, 'is not a time zone of the IANA list, such as America/Sao_Paulo'),
  BACKUP_TIME: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time from 00:00 to 23:59')
    .default('02:00'),
  PUBLIC_URL: optional.refine(
    (url) => url === null || URL.canParse(url),
    'must be a URL such as https://backup.example.net',
  ),
  WEBHOOK_PRIVATE_NETWORKS: networkList,
  TRUSTED_PROXIES: networkList,
  NODE_ENV: z.string().default('production'),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
});

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text.trim()) && Number(text) <= 65_535;
}

/** Addresses and networks in CIDR form as one list; throws where one is neither. */
export function networks(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits, more] = entry.split('/');
    // Number('') is 0: a slash alone would be every address there is.
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
    context.addIssue(
      'must be addresses or networks between commas, such as 10.0.0.0/8,192.168.1.20',
    );
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
  if (!read.success) {
    const first = read.error.issues[0];
    const name = String(first?.path[0]);
    throw new FiberkeepError('CONFIGURATION_INVALID', `${name} ${first?.message ?? 'is wrong'}.`, {
      hint: `Set the environment variable ${name} to a value it takes, or leave it out.`,
    });
  }
  const values = read.data;
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: path.resolve(values.DATA_DIR),
    databaseUrl: values.DATABASE_URL,
    serverKey: values.SERVER_KEY,
    adminEmail: values.ADMIN_EMAIL,
    adminPassword: values.ADMIN_PASSWORD,
    timeZone: values.TIME_ZONE,
    backupTime: values.BACKUP_TIME,
    publicUrl: values.PUBLIC_URL,
    webhookPrivateNetworks: values.WEBHOOK_PRIVATE_NETWORKS,
    trustedProxies: values.TRUSTED_PROXIES,
    production: !['development', 'test'].includes(values.NODE_ENV),
    logLevel: values.LOG_LEVEL,
  };
}
