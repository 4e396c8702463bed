import { KilnError } from '../../domain/errors.js';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import { parseAddress } from '../../domain/network/address.js';
import type { EngineHost, PlanInput } from '../../ports/engine.js';

/** One place that can be reached: who connects to `address:port` in the namespace of the build gets to `host:port`. */
export interface Way {
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

/** Docker Hub is spread over several hosts. */
const HUB = ['index.docker.io', 'registry-1.docker.io', 'auth.docker.io', 'production.cloudflare.docker.com'];

/**
 * The ways out of a build: one for each judged registry and host of a remote file (by ADD), and no other. A name gets a loopback address of its own in the namespace of the
 * build. Raises `host_not_allowed` for a registry that is an address beyond loopback, which no name leads to.
 */
export function waysTo(
  { registries, sourceHosts }: Omit<PlanInput['judged'], 'images'>,
  host: EngineHost,
): Way[] {
  const secured = Object.keys(host.registryCertificates);
  const remote = sourceHosts.flatMap((name) => [443, 80].map((port) => ({ host: name, port })));
  const places = registries.flatMap((registry) => {
    if (registry === 'docker.io' || registry === 'index.docker.io')
      return HUB.map((name) => ({ host: name, port: 443 }));
    const url = new URL(`https://${registry}`);
    const isPlain = isInsecureRegistry(registry, host.insecureRegistries, secured);
    const port = url.port === '' ? (/:443$/.test(registry) || !isPlain ? 443 : 80) : Number(url.port);
    return [{ host: url.hostname, port }];
  });
  const names = [...new Set([...places, ...remote].map((place) => place.host))];
  const all = [...places, ...remote].filter(
    (one, index, every) =>
      every.findIndex(({ host, port }) => host === one.host && port === one.port) === index,
  );
  return all.map((place) => ({ ...place, address: addressOf(place.host, names.indexOf(place.host)) }));
}

function addressOf(host: string, index: number): string {
  if (host === 'localhost') return '127.0.0.1';
  if (/^127\.\d+\.\d+\.\d+$/.test(host)) return host;
  if (parseAddress(host) === null) return `127.77.${index >> 8}.${(index & 255) + 1}`;
  throw new KilnError('host_not_allowed', {
    message: `Builds of this method reach registries by name only, not ${host}: name it, or use the method buildx.`,
  });
}

/** /etc/hosts of the build. */
export function hostsFile(ways: readonly Way[]): string {
  const named = ways.filter(({ address, host }) => address !== host && host !== 'localhost');
  return ['127.0.0.1 localhost', ...named.map(({ address, host }) => `${address} ${host}`), ''].join('\n');
}
