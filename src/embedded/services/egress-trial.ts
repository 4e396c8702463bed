import { processStartTime } from '../process-identity.js';
import { type CommandResult, runCommand } from '../programs/run-command.js';
import { egressMatch, type FirewallTool, REFUSAL } from './egress-rules.js';

const PREFIX = 'kiln-try-';
const REMOVALS = 3;

/**
 * Tries a rule for a group on a chain that nothing leads to, named after this process, and gives why it is refused; null when it is
 * taken. What trials left that were killed goes first.
 */
export async function ruleTrouble(tool: FirewallTool, groupId: number): Promise<string | null> {
  for (const chain of leftTrials((await run(tool, '-S')).output, isRunning)) await removeChain(tool, chain);
  const chain = `${PREFIX}${process.pid}`;
  try {
    for (const args of [
      ['-N', chain],
      ['-A', chain, ...egressMatch(groupId), '-j', 'REJECT', '--reject-with', REFUSAL[tool]],
    ]) {
      const { code, output } = await run(tool, ...args);
      if (code !== 0) return output;
    }
    return null;
  } finally {
    await removeChain(tool, chain);
  }
}

/** The chains of trials in a listing (`iptables -S`) whose process is gone. */
export function leftTrials(listing: string, isAlive: (pid: number) => boolean): string[] {
  const chains = [...listing.matchAll(new RegExp(`^-N (${PREFIX}(\\d+))$`, 'gm'))];
  return chains.filter(([, , pid]) => !isAlive(Number(pid))).map(([, chain = '']) => chain);
}

/** A chain with the number of this process is one of an earlier process: a trial ends before another one begins here. */
function isRunning(pid: number): boolean {
  return pid !== process.pid && processStartTime(pid) !== undefined;
}

/** Where others change the rules all the while it is repeated. What then is still there, the next start removes. */
async function removeChain(tool: FirewallTool, chain: string): Promise<void> {
  for (let tries = 0; tries < REMOVALS; tries += 1) {
    await run(tool, '-F', chain);
    await run(tool, '-X', chain);
    if (!(await run(tool, '-S')).output.split('\n').includes(`-N ${chain}`)) return;
  }
}

/** Waits for whoever holds the lock of the tables. */
function run(tool: FirewallTool, ...args: string[]): Promise<CommandResult> {
  return runCommand(tool, ['-w', '10', ...args], { timeoutMs: 15_000 });
}
