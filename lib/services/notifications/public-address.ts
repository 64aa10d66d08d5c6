import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import { networks } from '#config';
import { FiberkeepError } from '#errors';

/** IANA IPv4 Special-Purpose Address Registry (not globally reachable), multicast, and RFC 1112's reserved. */
const special4 = networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
/** RFC 4291 §2.4: the allocated global unicast range. Everything else is loopback, link-local, private, … */
const unicast6 = networks(['2000::/3']);
/** Exceptions within it: IETF protocol assignments (such as Teredo), documentation, 6to4. */
const special6 = networks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/**
 * Whether the server may connect to this address: it is globally reachable, or in `allowed`. An IPv4 address inside
 * an IPv6 one (mapped, RFC 4291 §2.5.5.2; NAT64, RFC 6052) is judged as IPv4.
 */
export function mayConnectTo(address: string, allowed: BlockList): boolean {
  const bare = embeddedIPv4(address) ?? address.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return false;
  if (allowed.check(bare, family === 4 ? 'ipv4' : 'ipv6')) return true;
  if (family === 4) return !special4.check(bare, 'ipv4');
  return unicast6.check(bare, 'ipv6') && !special6.check(bare, 'ipv6');
}

const MAPPED = networks(['::ffff:0:0/96', '64:ff9b::/96']);

function embeddedIPv4(address: string): string | null {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) !== 6 || !MAPPED.check(bare, 'ipv6')) return null;
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (dotted) return dotted;
  const [high = 0, low = 0] = bare
    .split(':')
    .slice(-2)
    .map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

type Resolve = (
  hostname: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for `net.connect` that returns only addresses that pass `mayConnectTo`. The checked address is the one
 * connected to, so DNS rebinding does not work.
 */
export function guardedLookup(allowed: BlockList, resolve: Resolve = systemLookup): LookupFunction {
  return lookupWhere((address) => mayConnectTo(address, allowed), refusedAddress, resolve);
}

/** A `lookup` that returns only addresses that pass `isGood`, and fails with `refused` where none does. */
export function lookupWhere(
  isGood: (address: string) => boolean,
  refused: (hostname: string) => FiberkeepError,
  resolve: Resolve = systemLookup,
): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      const good = addresses.filter(({ address }) => isGood(address));
      const [first] = good;
      if (!first) return done(refused(hostname), '', 0);
      if (options.all) return done(null, good);
      done(null, first.address, first.family);
    });
  };
}

/** Checks an address in a URL, which is never looked up. Names are checked by `guardedLookup`. */
export function assertMayConnect(hostname: string, allowed: BlockList): void {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0 && !mayConnectTo(bare, allowed)) throw refusedAddress(hostname);
}

function refusedAddress(hostname: string): FiberkeepError {
  return new FiberkeepError('ADDRESS_REFUSED', {
    reason: 'privateAddress',
    params: { host: hostname },
  });
}
