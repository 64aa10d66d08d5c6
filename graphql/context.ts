import { FiberkeepError, isLocale, type Locale, negotiateLocale } from '#errors';
import { DEVICE_COOKIE, readCookie } from '#services/accounts/cookies.ts';
import { identify } from '#services/accounts/identify.ts';
import type { Caller } from '#services/permit.ts';
import { scheduleZone } from '#services/schedule/schedule-zone.ts';
import { getServer, type Server } from '#services/server.ts';

/** What every resolver gets: the server, and who asks. */
export interface Context {
  readonly server: Server;
  /** Null: nobody is signed in. */
  readonly actor: Caller | null;
  /** Network address of the client. */
  readonly address: string;
  readonly userAgent: string;
  /** By which the server knows the browser again; null where none came. */
  readonly deviceCookie: string | null;
  /** The plant epoch that the page read (header `x-plant-epoch`); null where the client sends none. */
  readonly plantEpoch: bigint | null;
  /** The language of the answer's texts, from the person's profile, else from Accept-Language. */
  readonly locale: Locale;
  /** The zone of moments in these texts: the schedule's. */
  readonly timeZone: string;
  /** Adds a Set-Cookie header to the answer. */
  setCookie(cookie: string): void;
}

/**
 * The context of one request. `setCookie` is called for each Set-Cookie header of the answer.
 * Throws BAD_REQUEST for an `x-plant-epoch` that is not a number.
 */
export async function createContext(
  request: Request,
  setCookie: (cookie: string) => void,
): Promise<Context> {
  const server = await getServer();
  const { headers } = request;
  // The web server writes it from the socket, over anything that a client sends.
  const address = headers.get('x-fiberkeep-address') ?? '';
  const actor = await identify(server, headers, address);
  return {
    server,
    actor,
    address,
    userAgent: headers.get('user-agent') ?? '',
    deviceCookie: readCookie(server.config, headers, DEVICE_COOKIE),
    plantEpoch: readPlantEpoch(headers.get('x-plant-epoch')),
    locale: isLocale(actor?.locale)
      ? actor.locale
      : negotiateLocale(headers.get('accept-language')),
    timeZone: await scheduleZone(server),
    setCookie,
  };
}

function readPlantEpoch(header: string | null): bigint | null {
  if (header === null || header === '') return null;
  if (/^\d{1,18}$/.test(header)) return BigInt(header);
  throw new FiberkeepError('BAD_REQUEST', { reason: 'plantEpochInvalid' });
}
