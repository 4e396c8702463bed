import { readCertificates } from './certificates.js';
import type { TransportOptions } from './transport.js';
import type { RegistryMirror } from '../../domain/network/mirrors.js';
import type { Network } from '../../domain/network/cidr.js';
import type { Proxies } from '../../domain/network/proxy.js';

/** The way to registries that a process's configuration describes. */
export function transportOptions(config: {
  readonly registry: string | undefined;
  readonly insecureRegistries: readonly string[];
  readonly allowedNetworks: readonly Network[];
  readonly registryCaDir: string | undefined;
  readonly registryMirrors: readonly RegistryMirror[];
  readonly proxies: Proxies;
}): TransportOptions {
  return {
    ownHost: config.registry ?? null,
    insecureHosts: config.insecureRegistries,
    allowedNetworks: config.allowedNetworks,
    certificates: readCertificates(config.registryCaDir),
    mirrors: config.registryMirrors,
    proxies: config.proxies,
  };
}
