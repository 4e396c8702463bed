/** An IP address as a number. An IPv4 address inside an IPv6 one (::ffff:a.b.c.d, 64:ff9b::a.b.c.d) is the IPv4 one. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

const BYTE = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
const LOW_32 = 0xffff_ffffn;
/** Prefixes of 96 bits that carry an IPv4 address behind them: mapped (RFC 4291) and translated (RFC 6052). */
const CARRIERS = new Set([0xffffn, 0x64_ff9b_0000_0000_0000_0000n]);

/** Reads an address in its usual notation (brackets allowed around IPv6); null for anything else, zone ids included. */
export function parseAddress(text: string): IpAddress | null {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const raw = parseRaw(bare);
  if (raw?.family === 6 && CARRIERS.has(raw.bits >> 32n)) return { family: 4, bits: raw.bits & LOW_32 };
  return raw;
}

/** The address as it is written, without looking for an IPv4 address inside it. */
export function parseRaw(text: string): IpAddress | null {
  const bits = text.includes(':') ? parseV6(text) : parseV4(text);
  return bits === null ? null : { family: text.includes(':') ? 6 : 4, bits };
}

function parseV4(text: string): bigint | null {
  const bytes = text.split('.');
  if (bytes.length !== 4 || bytes.some((byte) => !BYTE.test(byte) || Number(byte) > 255)) return null;
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

function parseV6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(groupsOf);
  if (head === null || head === undefined || tail === null) return null;
  if (tail === undefined) return head.length === 8 ? join(head) : null;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? null : join([...head, ...Array<bigint>(missing).fill(0n), ...tail]);
}

/** The 16-bit groups of one side of `::`; its last part may be an IPv4 address. */
function groupsOf(half: string): bigint[] | null {
  if (half === '') return [];
  const groups: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const embedded = index === parts.length - 1 ? parseV4(part) : null;
    if (embedded === null) return null;
    groups.push(embedded >> 16n, embedded & 0xffffn);
  }
  return groups;
}

function join(groups: readonly bigint[]): bigint {
  return groups.reduce((bits, group) => (bits << 16n) | group, 0n);
}
