import { posix } from 'node:path';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import { mirrorsOf } from '../../domain/network/mirrors.js';
import type { EngineHost, PlanInput } from '../../ports/engine.js';

/** policy.json of containers-policy.json(5): images come from registries that were judged, and from the storage itself. */
export function imagePolicy(registries: readonly string[]): string {
  const accept = [{ type: 'insecureAcceptAnything' }];
  const judged = registries.map((host) => (host === 'index.docker.io' ? 'docker.io' : host));
  return JSON.stringify({
    default: [{ type: 'reject' }],
    transports: {
      docker: Object.fromEntries(judged.map((host) => [host, accept])),
      'containers-storage': { '': accept },
    },
  });
}

/** registries.conf of containers-registries.conf(5): names without a host are Docker Hub's, plain HTTP where the host says so, mirrors. */
export function registriesConfig(registries: readonly string[], host: EngineHost): string {
  const text = JSON.stringify;
  const isPlain = (name: string): boolean => speaksPlainHttp(name, host);
  const tables = registries.flatMap((name) => [
    '[[registry]]',
    `location = ${text(name)}`,
    `insecure = ${isPlain(name)}`,
    ...mirrorsOf(name, host.registryMirrors).flatMap((mirror) => [
      '[[registry.mirror]]',
      `location = ${text(mirror)}`,
      `insecure = ${isPlain(mirror.replace(/\/.*$/, ''))}`,
    ]),
  ]);
  return [
    'unqualified-search-registries = ["docker.io"]',
    'short-name-mode = "disabled"',
    ...tables,
    '',
  ].join('\n');
}

/** Whether buildah is to speak plain HTTP with a registry (host[:port]). */
export function speaksPlainHttp(registry: string, host: EngineHost): boolean {
  return isInsecureRegistry(registry, host.insecureRegistries, Object.keys(host.registryCertificates));
}

/** The folder with the certificates for a registry and its mirrors, and what is to be copied there; null where it needs none. */
export function certificatesFor(
  registry: string,
  { host, workFolder }: Pick<PlanInput, 'host' | 'workFolder'>,
): { readonly folder: string; readonly copies: { readonly from: string; readonly to: string }[] } | null {
  const mirrors = mirrorsOf(registry, host.registryMirrors).map((mirror) => mirror.replace(/\/.*$/, ''));
  const folder = posix.join(workFolder, 'certificates', registry.replaceAll(':', '_'));
  const copies = [registry, ...mirrors].flatMap((name, index) => {
    const from = host.registryCertificates[name];
    return from === undefined ? [] : [{ from, to: posix.join(folder, `${index}.crt`) }];
  });
  return copies.length === 0 ? null : { folder, copies };
}
