import { join, resolve } from 'node:path';
import { readCertificates } from '../adapters/registry/certificates.js';
import type { RegistryConfig } from '../config.js';
import type { BuildkitRegistries } from './services/buildkit-registries.js';

/** What the embedded BuildKit is told of the way to registries; `own` is the registry of the stack. Raises `config_invalid`. */
export function buildkitRegistries(config: RegistryConfig, own: string): BuildkitRegistries {
  const folder = resolve(config.registryCaDir ?? '.');
  const secured = [...readCertificates(config.registryCaDir).keys()];
  return {
    plainHttp: [own, ...config.insecureRegistries],
    certificates: Object.fromEntries(secured.map((registry) => [registry, join(folder, `${registry}.pem`)])),
    mirrors: config.registryMirrors,
  };
}
