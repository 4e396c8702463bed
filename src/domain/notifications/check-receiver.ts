import { KilnError } from '../errors.js';
import { parseAddress } from '../network/address.js';
import type { Network } from '../network/cidr.js';
import { permittedAddresses } from '../network/reach.js';
import type { TargetKind } from './target-kind.js';

/**
 * Judges where notifications are to go as far as the address tells: no token in plain HTTP except to listed git hosts, no IP address of a
 * closed network. Names are judged at each connection. Raises `invalid_request` or `host_not_allowed`.
 */
export function checkReceiver(
  kind: TargetKind,
  url: { readonly protocol: string; readonly hostname: string; readonly host: string },
  policy: { readonly insecureGitHosts: readonly string[]; readonly allowedNetworks: readonly Network[] },
): void {
  const isListed =
    policy.insecureGitHosts.includes(url.hostname) || policy.insecureGitHosts.includes(url.host);
  if (kind !== 'webhook' && url.protocol === 'http:' && !isListed)
    throw new KilnError('invalid_request', {
      fields: [
        {
          field: 'url',
          message:
            'would get the token in plain HTTP: use https://, or have the operator list the host in KILN_INSECURE_GIT_HOSTS',
        },
      ],
    });
  if (parseAddress(url.hostname) !== null)
    permittedAddresses(url.hostname, [url.hostname], policy.allowedNetworks);
}
