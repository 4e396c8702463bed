import { parseRaw } from '../../domain/network/address.js';
import { CLOSED_NETWORKS, OPEN_V6_NETWORK } from '../../domain/network/reach.js';

/** A port that the builder may reach wherever it lies. Addresses are IPv4 or IPv6, without brackets. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where a builder may go besides public networks. */
export interface EgressPermit {
  readonly endpoints: readonly Endpoint[];
  /** In CIDR notation, as KILN_ALLOWED_NETWORKS has them. */
  readonly networks: readonly string[];
}

export type FirewallTool = 'iptables' | 'ip6tables';

/**
 * What a refused connection gets. No other cause gives these two errors to `connect` ("protocol not available", "permission
 * denied"), so that a build which fails by them can be told why.
 */
export const REFUSAL: Readonly<Record<FirewallTool, string>> = {
  iptables: 'icmp-proto-unreachable',
  ip6tables: 'icmp6-adm-prohibited',
};
/** Addresses that stand for IPv4 ones where a network translates (RFC 6052). */
const TRANSLATED = '64:ff9b::';

/**
 * The input of `iptables-restore --noflush` that makes the chain and leads there all that processes of the group send: the permitted
 * endpoints and networks, then no network that is closed to builds. A rule judges the address of a connection, whatever name or
 * redirect led to it.
 */
export function egressRules(
  tool: FirewallTool,
  chain: string,
  groupId: number,
  permit: EgressPermit,
): string {
  const isOwn = (address: string): boolean => address.includes(':') === (tool === 'ip6tables');
  const on = (...words: string[]): string => ['-A', chain, ...words].join(' ');
  const refused = (network: string): string =>
    on('-d', network, '-j', 'REJECT', '--reject-with', REFUSAL[tool]);
  return [
    '*filter',
    `:${chain} - [0:0]`,
    ...permit.endpoints
      .filter(({ address }) => isOwn(address))
      .flatMap(({ address, port }) =>
        // DNS is the one of them that speaks UDP too.
        (port === 53 ? ['udp', 'tcp'] : ['tcp']).map((protocol) =>
          on('-d', address, '-p', protocol, '--dport', String(port), '-j', 'RETURN'),
        ),
      ),
    ...permit.networks.filter(isOwn).map((network) => on('-d', network, '-j', 'RETURN')),
    ...CLOSED_NETWORKS.filter(isOwn).map(refused),
    ...(tool === 'ip6tables' ? openV6(on, refused) : []),
    `-I OUTPUT 1 ${egressJump(chain, groupId)}`,
    'COMMIT',
    '',
  ].join('\n');
}

/** The rule in OUTPUT that leads into the chain, without `-A` and its like. */
export function egressJump(chain: string, groupId: number): string {
  return [...egressMatch(groupId), '-j', chain].join(' ');
}

/** What matches all that processes of the group send. */
export function egressMatch(groupId: number): string[] {
  return ['-m', 'owner', '--gid-owner', String(groupId), '--suppl-groups'];
}

/** Of IPv6 one part alone is public; what is translated is judged as the IPv4 address that it stands for. */
function openV6(on: (...words: string[]) => string, refused: (network: string) => string): string[] {
  return [
    ...CLOSED_NETWORKS.filter((network) => !network.includes(':')).map((network) =>
      refused(translated(network)),
    ),
    ...[OPEN_V6_NETWORK, `${TRANSLATED}/96`].map((network) => on('-d', network, '-j', 'RETURN')),
    refused('::/0'),
  ];
}

function translated(network: string): string {
  const [address = '', length] = network.split('/');
  const bits = parseRaw(address)?.bits ?? 0n;
  const hex = (part: bigint): string => part.toString(16);
  return `${TRANSLATED}${hex(bits >> 16n)}:${hex(bits & 0xffffn)}/${96 + Number(length)}`;
}
