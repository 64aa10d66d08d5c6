import { type BlockList, isIP } from 'node:net';
import { networks } from '#config';
import { mayConnectTo } from './public-address.ts';

/** RFC 5321 §4.5.4.2, RFC 8314 §3.3, RFC 6409 §3.1, and what many providers offer beside 587. */
export const MAIL_PORTS = [25, 465, 587, 2525];

/** RFC 1918, RFC 6598, RFC 4193 and the loopback: where an installation's own mail server is. */
const ordinary = networks([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
]);
const none = networks([]);

/**
 * Whether mail may be sent to this address and port: the ports of mail at public addresses, and any port in the
 * private networks that the operator named. Where they named none (null), the ports of mail in every private one.
 */
export function mayMailTo(address: string, port: number, named: BlockList | null): boolean {
  if (named && !mayConnectTo(address, none) && mayConnectTo(address, named)) return true;
  return MAIL_PORTS.includes(port) && mayConnectTo(address, named ? none : ordinary);
}

/** Whether a setting may name this port: whoever names networks allows their ports, and a name may lead there. */
export function mayNamePort(host: string, port: number, named: BlockList | null): boolean {
  return (
    MAIL_PORTS.includes(port) ||
    (named !== null && (isIP(host) === 0 || mayMailTo(host, port, named)))
  );
}
