import { parseAddress } from './address.js';
import { covers, parseNetwork } from './cidr.js';

/** The proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Addresses may hold credentials and are never shown. */
export interface Proxies {
  readonly http: string | null;
  readonly https: string | null;
  /** Hosts that are reached directly, as NO_PROXY lists them. */
  readonly direct: readonly string[];
}

export const NO_PROXIES: Proxies = { http: null, https: null, direct: [] };

const LOOPBACK = [parseNetwork('127.0.0.0/8'), parseNetwork('::1')];

/**
 * The proxy for a target, null for none. The rules are those of Go programs, among them BuildKit, so that all parts of a build go
 * the same way: loopback is always direct; an item of the list is `*`, a host with its sub-domains, `.host` for
 * sub-domains alone, an address or a network, each but the network with an optional port.
 */
export function proxyFor(
  target: { readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number },
  proxies: Proxies,
): string | null {
  const host = target.host.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host)) return null;
  const isDirect = proxies.direct.some((item) => matches(item.trim().toLowerCase(), host, target.port));
  return isDirect ? null : proxies[target.scheme];
}

/** Whether a host is on the loopback interface by its name or address. */
export function isLoopback(text: string): boolean {
  const host = text.replace(/^\[|\]$/g, '').toLowerCase();
  const address = parseAddress(host);
  return (
    host === 'localhost' ||
    (address !== null && LOOPBACK.some((network) => network !== null && covers(network, address)))
  );
}

function matches(item: string, host: string, port: number): boolean {
  if (item === '') return false;
  if (item === '*') return true;
  const network = parseNetwork(item);
  if (network !== null) {
    const address = parseAddress(host);
    return address !== null && covers(network, address);
  }
  const [, name = item, wanted] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(item) ?? [];
  if (wanted !== undefined && Number(wanted) !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  if (bare.startsWith('.')) return host.endsWith(bare);
  return host === bare || host.endsWith(`.${bare}`);
}
