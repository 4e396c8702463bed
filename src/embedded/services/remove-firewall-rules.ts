import { readdir } from 'node:fs/promises';
import { runCommand } from '../programs/run-command.js';
import { chainsOf, removalOfIdleChains, rulesOf } from './bridge-rules.js';

/**
 * Removes the firewall rules of a bridge, those that Kiln made (bridge-firewall.ts) and those that the CNI plugins made for its
 * members, and the chains that were only theirs. The chains that all users of the plugins share go when nobody is in them and
 * there is no bridge of another Kiln.
 */
export async function removeFirewallRules(bridge: string): Promise<void> {
  for (const tool of ['iptables', 'ip6tables']) {
    // The rules in `filter` show only an address; those in `nat` say whose address it is, so they go last.
    const nat = await list(tool, 'nat');
    for (const table of ['mangle', 'filter', 'nat']) {
      const listing = table === 'nat' ? nat : await list(tool, table);
      for (const rule of rulesOf(bridge, listing, nat)) await run(tool, table, ['-D', ...rule]);
      for (const chain of chainsOf(bridge, listing)) await run(tool, table, ['-X', chain]);
    }
    const removal = (await isAlone(bridge)) ? removalOfIdleChains(await list(tool, 'filter')) : null;
    // All of it in one go or nothing: a plugin may put a rule there at this moment.
    if (removal !== null)
      await runCommand(`${tool}-restore`, ['--noflush', '-w', '10'], { timeoutMs: 15_000, input: removal });
  }
}

async function isAlone(bridge: string): Promise<boolean> {
  const links = await readdir('/sys/class/net').catch(() => []);
  return !links.some((name) => name !== bridge && /^kiln[0-9a-f]{8}$/.test(name));
}

/** Empty where the machine has no such tool or table. */
async function list(tool: string, table: string): Promise<string> {
  const { code, output } = await run(tool, table, ['-S']);
  return code === 0 ? output : '';
}

function run(tool: string, table: string, args: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand(tool, ['-w', '10', '-t', table, ...args], { timeoutMs: 15_000 });
}
