import type { StepNetwork } from '../builds/run-network.js';
import type { AskedResources } from '../builds/resources.js';

/** What a build needs of its host beside the method (`builds.needs`). */
export interface BuildNeeds {
  /** Absent where any host will do. */
  readonly network?: Exclude<StepNetwork, 'none'>;
}

/** The label of a build host with the networks that it gives to steps, by comma. */
export const NETWORKS_LABEL = 'networks';

export function needsOf({ network }: AskedResources): BuildNeeds {
  return network === 'egress' || network === 'host' ? { network } : {};
}

/** Whether a host with these labels has what a build needs. */
export function hasNeeds({ network }: BuildNeeds, labels: Readonly<Record<string, string>>): boolean {
  return network === undefined || (labels[NETWORKS_LABEL] ?? '').split(',').includes(network);
}
