import { lookup } from 'node:dns/promises';
import { parseRaw } from '../../domain/network/address.js';
import { parseNetwork } from '../../domain/network/cidr.js';
import { readProxies } from '../../config/proxies.js';
import type { EgressPermit, Endpoint } from './egress-rules.js';
import { readResolvers } from './resolvers.js';

/**
 * Where BuildKit may go besides public networks: to the name servers and proxies of this machine, to these registries (`host:port`)
 * and to the networks (CIDR) that the operator listed. A proxy whose name cannot be resolved now is left out.
 */
export async function egressPermit(own: {
  readonly registries: readonly string[];
  readonly networks: readonly string[];
}): Promise<EgressPermit> {
  const { http, https } = readProxies(process.env);
  const urls = [
    ...own.registries.map((registry) => `http://${registry}`),
    ...[http, https].filter((url) => url !== null),
  ];
  const resolvers = (await readResolvers())
    .filter((address) => parseRaw(address) !== null)
    .map((address) => ({ address, port: 53 }));
  return {
    endpoints: [...resolvers, ...(await Promise.all([...new Set(urls)].map(endpointsOf))).flat()],
    networks: own.networks.map((text) => text.trim()).filter((text) => parseNetwork(text) !== null),
  };
}

async function endpointsOf(url: string): Promise<Endpoint[]> {
  const { hostname, port, protocol } = new URL(url);
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return found.map(({ address }) => ({
    address,
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  }));
}
