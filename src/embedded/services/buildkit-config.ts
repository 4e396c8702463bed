import { join } from 'node:path';
import { DISK_RESERVE_BYTES } from '../../domain/limits/disk-reserve.js';
import { type BuildkitRegistries, NO_REGISTRIES, registryTables } from './buildkit-registries.js';

export interface BuildkitSettings {
  readonly folder: string;
  readonly socket: string;
  readonly isRootless: boolean;
  readonly runcPath: string;
  readonly registries?: BuildkitRegistries;
  readonly maxCacheBytes?: number;
  readonly diskReserveBytes?: number;
  readonly network: RunNetwork;
  /** Whether steps may have the network of the host. */
  readonly allowsHostNetwork?: boolean;
}

/**
 * The network of RUN steps: that of the host, where they reach every port on its loopback address, or a bridge of
 * their own with a firewall, made by the CNI plugins in `pluginFolder`.
 */
export type RunNetwork =
  | { readonly mode: 'host' }
  | {
      readonly mode: 'bridge';
      readonly pluginFolder: string;
      readonly name: string;
      readonly subnet: string;
      /** Where the plugins' configuration (bridge-config.ts) lies. */
      readonly configPath: string;
    };

export const DEFAULT_CACHE_BYTES = 20_000_000_000;

/**
 * The configuration of BuildKit (TOML). A build may ask for no network at all
 * (`force-network-mode=none`). The snapshotter `auto` takes overlays where they work.
 */
export function buildkitConfig(settings: BuildkitSettings): string {
  const maxBytes = settings.maxCacheBytes ?? DEFAULT_CACHE_BYTES;
  const lines = [
    `root = ${quote(join(settings.folder, 'root'))}`,
    ...(settings.allowsHostNetwork === true ? ['insecure-entitlements = ["network.host"]'] : []),
    '[log]',
    'format = "text"',
    // Records of builds hold output as it was printed, secrets included: what a supervisor has not removed goes soon.
    '[history]',
    'maxAge = "1s"',
    'maxEntries = 0',
    '[grpc]',
    `address = [${quote(`unix://${settings.socket}`)}]`,
    '[otel]',
    // Beside the other: the folder may be too long for a socket.
    `socketPath = ${quote(`${settings.socket}.otel`)}`,
    '[cdi]',
    'disabled = true',
    '[worker.containerd]',
    'enabled = false',
    '[worker.oci]',
    'enabled = true',
    'snapshotter = "auto"',
    `binary = ${quote(settings.runcPath)}`,
    ...networkLines(settings.network),
    'max-parallelism = 2',
    'gc = true',
    `maxUsedSpace = ${maxBytes}`,
    `reservedSpace = ${Math.round(maxBytes / 10)}`,
    `minFreeSpace = ${settings.diskReserveBytes ?? DISK_RESERVE_BYTES}`,
    ...(settings.isRootless ? ['rootless = true', 'noProcessSandbox = true'] : []),
    ...registryTables(settings.registries ?? NO_REGISTRIES),
  ];
  return `${lines.join('\n')}\n`;
}

function networkLines(network: RunNetwork): string[] {
  if (network.mode === 'host') return ['networkMode = "host"'];
  return [
    'networkMode = "cni"',
    `cniBinaryPath = ${quote(network.pluginFolder)}`,
    `cniConfigPath = ${quote(network.configPath)}`,
  ];
}

// A JSON string is a TOML basic string.
function quote(text: string): string {
  return JSON.stringify(text);
}
