import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP, SocketAddress } from 'node:net';

/**
 * Where a request comes from: the socket's address, unless that is one of the `trusted` proxies. Then it is
 * the right-most entry of X-Forwarded-For that is none of them; every proxy appends whom it was asked by, so
 * what stands left of that is the client's own word. Where the header ends, or says what is no address, it is
 * the last hop that was named. IPv4 addresses are in dotted form, IPv6 as of RFC 5952 and without a zone;
 * empty where the socket is gone already.
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
