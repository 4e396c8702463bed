import { KilnError } from '../errors.js';
import { parseAddress } from './address.js';
import { covers, parseNetwork, type Network } from './cidr.js';

/**
 * Networks that are no part of the public internet, by IANA's special-purpose address registries, and the address of a cloud's own
 * services that looks public. A build names hosts freely, so none of these is reached unless the operator listed it.
 */
const SPECIAL: readonly (readonly [string, string])[] = [
  ['0.0.0.0/8', 'this host'],
  ['10.0.0.0/8', 'a private network'],
  ['100.64.0.0/10', 'a network behind a carrier'],
  ['127.0.0.0/8', 'the loopback interface'],
  ['168.63.129.16/32', 'a service of the cloud that runs this machine'],
  ['169.254.0.0/16', 'a link-local network'],
  ['172.16.0.0/12', 'a private network'],
  ['192.0.0.0/24', 'a reserved network'],
  ['192.0.2.0/24', 'a network for examples'],
  ['192.88.99.0/24', 'a reserved network'],
  ['192.168.0.0/16', 'a private network'],
  ['198.18.0.0/15', 'a network for measurements'],
  ['198.51.100.0/24', 'a network for examples'],
  ['203.0.113.0/24', 'a network for examples'],
  ['224.0.0.0/4', 'a multicast network'],
  ['240.0.0.0/4', 'a reserved network'],
  ['::/128', 'this host'],
  ['::1/128', 'the loopback interface'],
  ['fc00::/7', 'a private network'],
  ['fe80::/10', 'a link-local network'],
  ['ff00::/8', 'a multicast network'],
  ['2001::/23', 'a reserved network'],
  ['2001:db8::/32', 'a network for examples'],
  ['2002::/16', 'a tunnel to IPv4'],
  ['3fff::/20', 'a network for examples'],
];
/** The same networks as text, for a firewall to judge by. */
export const CLOSED_NETWORKS: readonly string[] = SPECIAL.map(([text]) => text);
const SPECIAL_NETWORKS = SPECIAL.map(([text, what]) => ({ network: known(text), what }));
/** The only part of IPv6 that is given out as global unicast. */
export const OPEN_V6_NETWORK = '2000::/3';
const GLOBAL_V6 = known(OPEN_V6_NETWORK);

/** Why an address (as text) may not be connected to; null when it may. What is no address is refused. */
export function refusedBecause(address: string, allowed: readonly Network[]): string | null {
  const parsed = parseAddress(address);
  if (parsed === null) return 'no IP address';
  if (allowed.some((network) => covers(network, parsed))) return null;
  const special = SPECIAL_NETWORKS.find(({ network }) => covers(network, parsed));
  if (special !== undefined) return special.what;
  return parsed.family === 6 && !covers(GLOBAL_V6, parsed) ? 'a reserved network' : null;
}

/**
 * The addresses of a host that may be connected to: all of them, or `host_not_allowed` when any is refused, since a name
 * that has both kinds of address is a way around the rule.
 */
export function permittedAddresses(
  host: string,
  addresses: readonly string[],
  allowed: readonly Network[],
): readonly string[] {
  for (const address of addresses) {
    const reason = refusedBecause(address, allowed);
    if (reason === null) continue;
    const where = address === host || `[${address}]` === host ? 'is' : `has the address ${address}, which is`;
    throw new KilnError('host_not_allowed', {
      message: `The host ${host} ${where} in ${reason}. The operator can permit it with KILN_ALLOWED_NETWORKS.`,
      detail: address,
    });
  }
  return addresses;
}

function known(text: string): Network {
  const network = parseNetwork(text);
  if (network === null) throw new KilnError('internal', { detail: `not a network: ${text}` });
  return network;
}
