import { existsSync } from 'node:fs';
import { KilnError } from '../../domain/errors.js';
import { runCommand } from '../programs/run-command.js';
import { egressJump, egressRules, type EgressPermit, type FirewallTool } from './egress-rules.js';
import { ruleTrouble } from './egress-trial.js';
import { bridgeName, hashOf } from './run-network.js';

/** By what the firewall knows a BuildKit: a group that only it is in, and the chain of its rules. */
export interface Egress {
  readonly chain: string;
  readonly groupId: number;
}

const TOOLS: readonly FirewallTool[] = ['iptables', 'ip6tables'];
/** Beyond the groups that systems and container engines give out. */
const FIRST_GROUP_ID = 2_000_000_000;

export function egressOf(rootFolder: string): Egress {
  return {
    chain: `${bridgeName(rootFolder)}-out`,
    groupId: FIRST_GROUP_ID + hashOf(rootFolder).readUIntBE(0, 3),
  };
}

/** Why BuildKit cannot be kept from closed networks on this machine; null when it can. Tries it on a chain that nothing leads to. */
export async function egressTrouble(groupId = FIRST_GROUP_ID): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'that needs root';
  const setpriv = await runCommand('setpriv', ['--groups', String(groupId), 'true'], { timeoutMs: 10_000 });
  if (setpriv.code !== 0) return `setpriv does not work (${setpriv.output.slice(0, 200)})`;
  for (const tool of usedTools()) {
    const trouble = await ruleTrouble(tool, groupId);
    if (trouble !== null) return `${tool} takes no rules for a group (${trouble.slice(0, 200)})`;
  }
  return null;
}

/** ip6tables where the machine has IPv6. */
function usedTools(): FirewallTool[] {
  const hasIpv6 = existsSync('/proc/net/if_inet6');
  return TOOLS.filter((tool) => tool === 'iptables' || hasIpv6);
}

/** Puts the rules in place. Throws `service_start_failed` when they are refused; `openEgress` takes them away. */
export async function closeEgress({ chain, groupId }: Egress, permit: EgressPermit): Promise<void> {
  for (const tool of usedTools()) {
    const input = egressRules(tool, chain, groupId, permit);
    const options = { timeoutMs: 15_000, input };
    const { code, output } = await runCommand(`${tool}-restore`, ['--noflush', '-w', '10'], options);
    if (code !== 0) {
      throw new KilnError('service_start_failed', {
        message: `The firewall rules that keep BuildKit from closed networks were refused (${tool}-restore): ${output}`,
      });
    }
  }
}

/** The command with the group put on it; the program takes the place of `setpriv` in its process. */
export function inEgressGroup(file: string, args: readonly string[], groupId: number) {
  return { file: 'setpriv', args: ['--groups', String(groupId), file, ...args] };
}

/** Takes the rules away. Does nothing where there are none. */
export async function openEgress({ chain, groupId }: Egress): Promise<void> {
  for (const tool of TOOLS) {
    const jump = ['OUTPUT', ...egressJump(chain, groupId).split(' ')];
    for (const args of [
      ['-D', ...jump],
      ['-F', chain],
      ['-X', chain],
    ]) {
      await runCommand(tool, ['-w', '10', ...args], { timeoutMs: 15_000 });
    }
  }
}
