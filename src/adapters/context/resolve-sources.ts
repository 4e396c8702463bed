import { lookup } from 'node:dns/promises';
import { refuseAddresses } from '../../domain/images/dockerfile/judge-sources.js';
import type { RemoteSource } from '../../domain/images/dockerfile/remote-sources.js';
import type { Network } from '../../domain/network/cidr.js';
import { type Proxies, proxyFor } from '../../domain/network/proxy.js';

/** Which hosts the builder of this host may be sent to. */
export interface SourceReach {
  readonly allowedNetworks: readonly Network[];
  readonly proxies: Proxies;
  /** All addresses of a name; `node:dns` where none is given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Raises `host_not_allowed` for a source whose host has an address that may not be reached. What a proxy connects to is the proxy's to
 * judge, and a name that cannot be resolved here is left to the builder, which fails by it.
 */
export async function refuseClosedHosts(
  sources: readonly RemoteSource[],
  { allowedNetworks, proxies, resolve = addressesOf }: SourceReach,
): Promise<void> {
  const byServer = new Map(
    sources.map((source) => [`${source.scheme} ${source.host} ${source.port}`, source]),
  );
  for (const source of byServer.values()) {
    const { scheme, host, port } = source;
    const isProxied =
      (scheme === 'http' || scheme === 'https') && proxyFor({ scheme, host, port }, proxies) !== null;
    if (!isProxied) refuseAddresses(source, await resolve(host), allowedNetworks);
  }
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
