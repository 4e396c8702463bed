import { execa } from 'execa';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processStartTime } from '../../src/embedded/process-identity.js';
import { bridgeName, ensureBridgePlugins, runNetworks } from '../../src/embedded/services/run-network.js';

/** One RUN step that runs, as the machine shows it. */
export interface RunTraces {
  readonly processes: readonly { readonly pid: number; readonly startTime: string }[];
  /** Null where RUN steps have the network of the host. */
  readonly bridge: string | null;
  /** The bridge and the virtual cables on it. */
  readonly links: readonly string[];
  /** What the addresses on the bridge begin with. */
  readonly subnet: string;
  readonly namespace: string;
}

/** What of a Kiln can be seen on the machine. */
export interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly rules: readonly string[];
  /** Chains of the CNI plugins; empty while another Kiln has a bridge, for then they are not this one's. */
  readonly chains: readonly string[];
  readonly namespaces: readonly string[];
}

/** The RUN step whose command holds the mark, on the BuildKit of this root; null when none runs. */
export async function runInside(rootFolder: string, mark: string): Promise<RunTraces | null> {
  const shell = pids().find(
    (pid) => of(pid, 'cmdline').startsWith('/bin/sh\0-c\0') && of(pid, 'cmdline').includes(mark),
  );
  const children = pids().filter((pid) => new RegExp(`^PPid:\\t${shell}$`, 'm').test(of(pid, 'status')));
  if (shell === undefined || children.length === 0) return null;
  const [network] = await runNetworks(rootFolder, await ensureBridgePlugins({}));
  const bridge = network.mode === 'bridge' ? bridgeName(rootFolder) : null;
  return {
    processes: [shell, ...children].map((pid) => ({
      pid: Number(pid),
      startTime: processStartTime(Number(pid)) ?? '',
    })),
    bridge,
    links: bridge === null ? [] : [bridge, ...readdirSync(`/sys/class/net/${bridge}/brif`)],
    subnet: network.mode === 'bridge' ? network.subnet.replace(/0\/24$/, '') : '',
    namespace: readlinkSync(`/proc/${shell}/ns/net`),
  };
}

/** Looks at the machine for anything of the Kiln with this state folder, and of one RUN step of it. */
export async function traces(stateFolder: string, run?: RunTraces): Promise<Traces> {
  const isOwn = (text: string): boolean => text.includes(stateFolder);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const { bridge = null, links = [], subnet = '', namespace = 'none' } = run ?? {};
  const present = (await execa('ip', ['-o', 'link'])).stdout;
  const firewall = process.getuid?.() === 0 ? await firewallLines() : [];
  const otherBridges = readdirSync('/sys/class/net').some(
    (name) => /^kiln[0-9a-f]{8}$/.test(name) && name !== bridge,
  );
  return {
    processes: pids()
      .filter(
        (pid) => Number(pid) !== process.pid && ['cmdline', 'environ'].some((file) => isOwn(of(pid, file))),
      )
      .map((pid) => of(pid, 'cmdline').replaceAll('\0', ' ')),
    mounts: mounts.filter(isOwn),
    links: links.filter((name) => new RegExp(`\\b${name}\\b`).test(present)),
    rules:
      bridge === null
        ? []
        : firewall.filter(
            (line) => line.startsWith('-A') && (line.includes(bridge) || line.includes(subnet)),
          ),
    chains: otherBridges ? [] : firewall.filter((line) => line.includes('CNI-')),
    namespaces: [
      ...mounts.filter((line) => line.includes(namespace)),
      ...pids().filter((pid) => run?.bridge != null && namespaceOf(pid) === namespace),
    ],
  };
}

async function firewallLines(): Promise<string[]> {
  const tables = await Promise.all(
    ['iptables', 'ip6tables'].flatMap((tool) =>
      ['filter', 'mangle', 'nat'].map((table) =>
        execa(tool, ['-w', '10', '-t', table, '-S'], { reject: false }),
      ),
    ),
  );
  return tables.flatMap(({ stdout }) => stdout.split('\n'));
}

const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

function of(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}
