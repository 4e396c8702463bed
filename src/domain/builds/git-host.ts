import { KilnError } from '../errors.js';
import { parseAddress } from '../network/address.js';
import type { Network } from '../network/cidr.js';
import { permittedAddresses } from '../network/reach.js';
import type { GitRemote } from './git-url.js';

/** Which git servers this installation speaks to. */
export interface GitHostPolicy {
  /** `host` or `host:port` that may be spoken to in plain HTTP. */
  readonly insecureHosts: readonly string[];
  readonly allowedNetworks: readonly Network[];
}

/**
 * Judges a server as far as its URL tells: plain HTTP only to listed hosts, addresses by the rule for networks (names are judged
 * when they have been resolved). Raises `invalid_request` or `host_not_allowed`.
 */
export function checkGitHost(
  { protocol, host, port }: Pick<GitRemote, 'protocol' | 'host' | 'port'>,
  policy: GitHostPolicy,
): void {
  const isListed = policy.insecureHosts.includes(host) || policy.insecureHosts.includes(`${host}:${port}`);
  if (protocol === 'http' && !isListed) {
    throw new KilnError('invalid_request', {
      message: `${host} would be spoken to in plain HTTP: use https://, or have the operator list it in KILN_INSECURE_GIT_HOSTS.`,
    });
  }
  if (parseAddress(host) !== null) permittedAddresses(host, [host], policy.allowedNetworks);
}
