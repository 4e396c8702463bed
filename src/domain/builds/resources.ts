import type { EffectiveLimits } from '../limits/effective-limits.js';
import type { LimitName } from '../limits/limit-table.js';
import { formatLimit } from '../limits/limit-units.js';

/**
 * Network of RUN steps: none, the outside alone, that of the build host (for trusted projects), or default, which is what the host gives to
 * those that name none.
 */
export const RUN_NETWORKS = ['none', 'egress', 'host', 'default'] as const;
export type RunNetwork = (typeof RUN_NETWORKS)[number];

/** What a build asks for of its host. Absent is what nobody has set. */
export interface AskedResources {
  readonly memory_bytes?: number | undefined;
  readonly cpu_milli?: number | undefined;
  readonly pids?: number | undefined;
  readonly network?: RunNetwork | undefined;
  /** What its host has to have, by label; `zone` and `platform` among them. */
  readonly needs?: Readonly<Record<string, string>> | undefined;
}

/** What a build is given. */
export interface RunResources {
  readonly memory_bytes: number;
  readonly cpu_milli: number;
  readonly pids: number;
  readonly network: RunNetwork;
}

/** Which limit bounds each amount, and what people call the amount. */
export const RESOURCES = {
  memory_bytes: { limit: 'memory_max_bytes', called: 'memory' },
  cpu_milli: { limit: 'cpu_max_milli', called: 'cpus' },
  pids: { limit: 'max_pids', called: 'pids' },
} as const satisfies Record<string, { limit: LimitName; called: string }>;
export type ResourceName = keyof typeof RESOURCES;
export const RESOURCE_NAMES = Object.keys(RESOURCES) as readonly ResourceName[];

/** What was asked for, never above the limits; the limit itself where nobody asked. A retry may have other limits than the build before. */
export function grantedResources(asked: AskedResources, limits: EffectiveLimits): RunResources {
  const amount = (name: ResourceName): number =>
    Math.min(asked[name] ?? Infinity, limits[RESOURCES[name].limit].value);
  return {
    memory_bytes: amount('memory_bytes'),
    cpu_milli: amount('cpu_milli'),
    pids: amount('pids'),
    network: asked.network ?? 'default',
  };
}

/** An amount as people write it in `resources`: `2GiB`, `1.5`, `512`. */
export function formatResource(name: ResourceName, amount: number): string {
  if (name === 'cpu_milli') return String(amount / 1000);
  return formatLimit(RESOURCES[name].limit, amount);
}
