import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Network } from '../../domain/network/cidr.js';
import { permittedAddresses } from '../../domain/network/reach.js';

/** Resolves a name for a connection and judges the very addresses that it will use (`host_not_allowed`). */
export function checkedLookup(allowed: readonly Network[]): LookupFunction {
  return (host, options, answer) => {
    lookup(host, { ...(options as LookupOptions), all: true }, (error, found) => {
      const addresses = found as LookupAddress[] | undefined;
      if (error !== null || addresses === undefined) return answer(error, '', 0);
      try {
        permittedAddresses(
          host,
          addresses.map(({ address }) => address),
          allowed,
        );
      } catch (refused) {
        return answer(refused as NodeJS.ErrnoException, '', 0);
      }
      const [first] = addresses;
      if (options.all === true) return answer(null, addresses as never, 0);
      return answer(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
