import type { Auth } from '../contracts/operation.js';
import { KilnError } from '../domain/errors.js';
import type { Callers } from './call.js';
import type { ApiDeps } from './deps.js';

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;

/**
 * Resolves the bearer token by the operation's kind of token. Raises `unauthenticated` with one and the same answer for a
 * missing, malformed, unknown and revoked token, and for a lease token that belongs to another lease.
 */
export async function authenticate(
  deps: Pick<ApiDeps, 'tokens' | 'leases'>,
  auth: Auth,
  authorization: string | undefined,
  leaseId: unknown,
): Promise<Callers[Auth]> {
  if (auth === 'none') return null;
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new KilnError('unauthenticated');
  const caller = await resolve(deps, auth, token);
  if (caller === null) throw new KilnError('unauthenticated');
  if ('leaseId' in caller && caller.leaseId !== leaseId) throw new KilnError('unauthenticated');
  return caller;
}

async function resolve(
  deps: Pick<ApiDeps, 'tokens' | 'leases'>,
  auth: Exclude<Auth, 'none'>,
  token: string,
): Promise<Exclude<Callers[Auth], null> | null> {
  switch (auth) {
    case 'token':
      return deps.tokens.resolveApiToken(token);
    case 'worker':
      return deps.leases.resolveWorker(token);
    case 'lease':
      return deps.leases.resolveLease(token);
  }
}
