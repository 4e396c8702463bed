import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { ensurePrograms, type FoundProgram, type ProgramOptions } from '../programs.js';
import { runCommand } from '../programs/run-command.js';
import type { RunNetwork } from './buildkit-config.js';

/**
 * Obtains the plugins that a bridge for RUN steps needs. Undefined where this process cannot make one: it needs root and
 * iptables. A failed install is told of and gives undefined too, for builds also run without.
 */
export async function ensureBridgePlugins(
  options: ProgramOptions,
  log?: (text: string) => void,
): Promise<FoundProgram | undefined> {
  if (!(await canMakeBridge())) return undefined;
  try {
    return (await ensurePrograms(['cni'], options)).cni;
  } catch (error) {
    log?.(`RUN steps get no network of their own: ${String(error)}`);
    return undefined;
  }
}

/**
 * The networks to try for RUN steps of one BuildKit, the best first: a bridge of their own where one can be made, in none of the taken
 * subnets, and the host's.
 */
export async function runNetworks(
  rootFolder: string,
  cni: FoundProgram | undefined,
  takenSubnets: readonly string[] = [],
): Promise<[RunNetwork, ...RunNetwork[]]> {
  const host: RunNetwork = { mode: 'host' };
  if (cni === undefined || !(await canMakeBridge())) return [host];
  const name = bridgeName(rootFolder);
  const subnet = freeSubnet(hashOf(rootFolder).readUInt16BE(0), name, takenSubnets);
  const configPath = join(rootFolder, 'bridge.conflist');
  return [{ mode: 'bridge', pluginFolder: dirname(cni.path), name, subnet, configPath }, host];
}

/** The bridge of a BuildKit, by the folder of its root; also the short name of what else is its own. */
export function bridgeName(rootFolder: string): string {
  return `kiln${hashOf(rootFolder).toString('hex').slice(0, 8)}`;
}

/** The digest that the names of a BuildKit's own are made from. */
export function hashOf(rootFolder: string): Buffer {
  return createHash('sha256').update(rootFolder).digest();
}

async function canMakeBridge(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return (await runCommand('iptables', ['--version'], { timeoutMs: 10_000 })).code === 0;
}

// One of the /24 networks of 10.128.0.0/9, which fewer machines use than the first half of 10.0.0.0/8.
function freeSubnet(start: number, ownBridge: string, takenSubnets: readonly string[]): string {
  const taken = Object.entries(networkInterfaces())
    .filter(([name]) => name !== ownBridge)
    .flatMap(([, addresses]) => addresses ?? [])
    .map(({ address }) => address)
    .concat(takenSubnets);
  for (let step = 0; step < 256; step += 1) {
    const number = (start + step) % 0x8000;
    const prefix = `10.${128 + (number >> 8)}.${number & 255}.`;
    if (!taken.some((address) => address.startsWith(prefix))) return `${prefix}0/24`;
  }
  return '10.211.42.0/24';
}
