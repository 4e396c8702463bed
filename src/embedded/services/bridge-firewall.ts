import { existsSync } from 'node:fs';
import { KilnError } from '../../domain/errors.js';
import { runCommand } from '../programs/run-command.js';
import type { FirewallTool } from './egress-rules.js';
import { readResolvers } from './resolvers.js';

/** One rule: the tool that takes it, and its arguments. */
export interface FirewallRule {
  readonly tool: FirewallTool;
  readonly args: readonly string[];
}

const LINK_LOCAL = '169.254.0.0/16';

/**
 * The rules that keep RUN steps on a bridge away from this machine (every address of it, published container ports too), from
 * link-local addresses (metadata services of clouds) and from each other. One thing is let through: DNS to a resolver that
 * itself has a link-local address, as some clouds have. A resolver on this machine is not reached; BuildKit gives
 * RUN steps an outside one where /etc/resolv.conf names a loopback address. The rules are in the table `mangle`, which is
 * asked before all others, so that no rule that accepts can stand before them.
 */
export function bridgeRules(bridge: string, resolvers: readonly string[]): FirewallRule[] {
  const rule = (tool: FirewallTool, chain: string, ...match: string[]): FirewallRule => ({
    tool,
    args: [
      ...['-w', '10', '-t', 'mangle', '-A', chain, '-i', bridge, ...match.slice(0, -1)],
      ...['-m', 'comment', '--comment', `kiln ${bridge}`, '-j', ...match.slice(-1)],
    ],
  });
  const linkLocalResolvers = resolvers.filter((address) => address.startsWith('169.254.'));
  return [
    ...linkLocalResolvers.flatMap((address) =>
      ['udp', 'tcp'].map((protocol) =>
        rule('iptables', 'PREROUTING', '-d', address, '-p', protocol, '--dport', '53', 'ACCEPT'),
      ),
    ),
    rule('iptables', 'PREROUTING', '-d', LINK_LOCAL, 'DROP'),
    rule('iptables', 'PREROUTING', '-m', 'addrtype', '--dst-type', 'LOCAL', 'DROP'),
    rule('iptables', 'INPUT', 'DROP'),
    rule('iptables', 'FORWARD', '-o', bridge, 'DROP'),
    rule('ip6tables', 'INPUT', 'DROP'),
    rule('ip6tables', 'FORWARD', 'DROP'),
  ];
}

/** Puts the rules in place. Throws `service_start_failed` when one is refused. `removeBridge` takes them away. */
export async function closeBridge(bridge: string): Promise<void> {
  const hasIpv6 = existsSync('/proc/net/if_inet6');
  for (const { tool, args } of bridgeRules(bridge, await readResolvers())) {
    if (tool === 'ip6tables' && !hasIpv6) continue;
    const { code, output } = await runCommand(tool, args, { timeoutMs: 15_000 });
    if (code !== 0) {
      throw new KilnError('service_start_failed', {
        message: `A firewall rule for the network of RUN steps was refused (${tool} ${args.join(' ')}): ${output}`,
      });
    }
  }
}
