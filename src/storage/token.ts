import { createHash, randomBytes } from 'node:crypto';

/** Prefixes tell people and secret scanners what a token is for. */
export const TOKEN_PREFIX = { api: 'kiln_', worker: 'kilnw_', lease: 'kilnl_' } as const;

/** A new random token (256 bits). Only its hash is stored. */
export function newToken(kind: keyof typeof TOKEN_PREFIX): { token: string; sha256: Buffer } {
  const token = TOKEN_PREFIX[kind] + randomBytes(32).toString('base64url');
  return { token, sha256: hashToken(token) };
}

/** SHA-256 is enough for tokens that are random: there is nothing to guess. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
