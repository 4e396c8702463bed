import { createRegistryProbe } from '../adapters/registry/probe.js';
import type { TransportOptions } from '../adapters/registry/transport.js';
import type { RunDeps } from '../supervisor/deps.js';

/** Says why a registry does not answer; credentials are no matter of it. */
export function registryTrouble(options: TransportOptions): NonNullable<RunDeps['registryTrouble']> {
  const probe = createRegistryProbe(options);
  return async (host, signal) => {
    const steps = await probe({ host, path: null }, () => Promise.resolve(null), signal);
    const failed = steps.find(({ step, status }) => status === 'failed' && step !== 'credentials');
    return failed?.message ?? null;
  };
}
