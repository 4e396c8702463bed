import { KilnError } from '../../errors.js';
import { parseAddress } from '../../network/address.js';
import type { Network } from '../../network/cidr.js';
import { permittedAddresses } from '../../network/reach.js';
import { invalidDockerfile } from '../invalid-dockerfile.js';
import { type RemoteSource, type RemoteSources, remoteSourcesOf } from './remote-sources.js';

/** Raises `host_not_allowed`, with the place in the Dockerfile, when one of the host's addresses may not be reached. */
export function refuseAddresses(
  source: RemoteSource,
  addresses: readonly string[],
  allowed: readonly Network[],
): void {
  try {
    permittedAddresses(source.host, addresses, allowed);
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    const where = `Dockerfile line ${source.line}, column ${source.column}`;
    throw new KilnError('host_not_allowed', {
      message: `${where}: ADD reads from ${JSON.stringify(source.text.slice(0, 200))}. ${error.message}`,
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    });
  }
}

/**
 * Judges the remote sources of a Dockerfile as far as its text tells, and gives them; names are judged when they have been resolved.
 * Raises `dockerfile_invalid` for a host that nobody can judge, `host_not_allowed` for an address that may not be reached.
 */
export function judgeSources(
  text: string,
  buildArgs: Readonly<Record<string, string>>,
  allowed: readonly Network[],
): RemoteSources['sources'] {
  const { sources, problems } = remoteSourcesOf(text, buildArgs);
  if (problems.length > 0) throw invalidDockerfile(problems, 'dockerfile');
  for (const source of sources) {
    const address = source.host === 'localhost' ? '127.0.0.1' : source.host;
    if (parseAddress(address) !== null) refuseAddresses(source, [address], allowed);
  }
  return sources;
}
