import { readdir } from 'node:fs/promises';
import { runCommand } from '../programs/run-command.js';
import { removeFirewallRules } from './remove-firewall-rules.js';

/**
 * Removes the bridge of RUN steps with the links of its members and the firewall rules, its own and those of its
 * members. Does nothing where there is none.
 */
export async function removeBridge(name: string): Promise<void> {
  const members = await readdir(`/sys/class/net/${name}/brif`).catch(() => []);
  for (const link of [...members, name])
    await runCommand('ip', ['link', 'delete', link], { timeoutMs: 10_000 });
  await removeFirewallRules(name);
}
