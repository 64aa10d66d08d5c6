import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP, SocketAddress } from 'node:net';
import { networkOf } from '#services/accounts/limits.ts';

/**
 * The client's address: that of the socket, unless it is one of the `trusted` proxies. Then it is the right-most
 * entry of X-Forwarded-For that is not a trusted proxy. Each proxy appends the address that asked it, so
 * anything to the left is client-supplied and untrusted. Where the header ends or is malformed, it is the last
 * hop before. IPv4 in dotted form, IPv6 as in RFC 5952 without a zone; empty where the socket is gone.
 */
export function clientAddress(
  request: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } },
  trusted: BlockList,
): string {
  let address = canonical(request.socket.remoteAddress ?? '') ?? '';
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',');
  while (isAmong(trusted, address)) {
    const hop = readHop(hops.pop() ?? '');
    if (hop === null) break;
    address = hop;
  }
  return address;
}

/**
 * The network that a socket's connections are counted for; null for an address that many people share: a trusted
 * proxy, or this machine, where a proxy may be that nobody named.
 */
export function countedAs(socketAddress: string, trusted: BlockList): string | null {
  const address = canonical(socketAddress) ?? '';
  return isLoopback(address) || isAmong(trusted, address) ? null : networkOf(address);
}

/** Whether an address is that of this machine to itself. */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}

function isAmong(list: BlockList, address: string): boolean {
  return address !== '' && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

const WITH_PORT = /^(?:\[(?<six>[^[\]]+)\]|(?<four>[\d.]+))(?::\d{1,5})?$/;

/** The address of one entry, such as `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`. */
function readHop(entry: string): string | null {
  const text = entry.trim();
  const { six, four } = WITH_PORT.exec(text)?.groups ?? {};
  if (six !== undefined && isIP(six) !== 6) return null;
  return canonical(six ?? four ?? text);
}

function canonical(text: string): string | null {
  const version = isIP(text);
  if (version === 0) return null;
  if (version === 4) return text;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
