import { createHash } from 'node:crypto';

/** Above the numbers that systemd and useradd give away, below those of 32-bit signed programs. */
const FIRST_USER_ID = 0x7000_0000;
const RANGES = 4_000;

/** How many numbers of users and groups a namespace of users has. */
export const USER_COUNT = 65_536;

/** Numbers of users that most likely nobody else on the host has; where somebody has, namespaces still keep them apart. */
export function firstUserId(owner: string): number {
  const hash = createHash('sha256').update(owner).digest().readUInt32BE(0);
  return FIRST_USER_ID + (hash % RANGES) * USER_COUNT;
}
