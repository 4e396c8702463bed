import { parseRaw, type IpAddress } from './address.js';

/** A network in CIDR notation: the addresses whose first `prefix` bits are those of `bits`. */
export interface Network {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly prefix: number;
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; null for anything else. Bits behind the prefix must be zero. */
export function parseNetwork(text: string): Network | null {
  const [, host = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const address = parseRaw(host);
  if (address === null) return null;
  const width = widthOf(address.family);
  const prefix = length === undefined ? width : Number(length);
  if (prefix > width) return null;
  const behind = BigInt(width - prefix);
  if ((address.bits >> behind) << behind !== address.bits) return null;
  return { ...address, prefix };
}

/** Whether the address lies in the network. */
export function covers(network: Network, address: IpAddress): boolean {
  if (network.family !== address.family) return false;
  const behind = BigInt(widthOf(network.family) - network.prefix);
  return network.bits >> behind === address.bits >> behind;
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}
