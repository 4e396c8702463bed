import { parseNetwork } from '../../domain/network/cidr.js';
import type { CredentialSource } from '../../ports/image-registry.js';
import { RegistryClient, type RegistryWait } from './client.js';
import { REGISTRY_LIMITS, type RegistryLimits } from './limits.js';
import { openTransport, type RegistryTransport } from './transport.js';

const THIS_MACHINE = {
  allowedNetworks: ['127.0.0.0/8', '::1'].flatMap((text) => parseNetwork(text) ?? []),
};

export interface ImageRegistryOptions {
  /** Public hosts and this machine's own registries when absent; a process gives what its operator permits. */
  readonly transport?: RegistryTransport;
  /** Asked for each time a registry wants credentials; nothing is kept but short-lived tokens. */
  readonly credentials?: CredentialSource;
  readonly limits?: Partial<RegistryLimits>;
  /** Told each time a request is to be sent again after a pause. */
  readonly onWait?: (wait: RegistryWait) => void;
}

/** A client for all registries that the options reach. */
export function openClient(options: ImageRegistryOptions): RegistryClient {
  const limits = { ...REGISTRY_LIMITS, ...options.limits };
  const credentials = options.credentials ?? (() => Promise.resolve(null));
  const transport = options.transport ?? openTransport(THIS_MACHINE);
  return new RegistryClient(transport, credentials, limits, options.onWait);
}
