import { KilnError } from '../../domain/errors.js';
import { bodyWithin } from './bodies.js';
import { type RegistryClient, type RegistryRequest, stopped } from './client.js';
import { unreachable } from './trouble.js';

/** What a body answers. */
export type Asked = Pick<RegistryRequest, 'repository' | 'doing' | 'signal'>;

/** A body that must be small (`registry_failed`). A registry that breaks off or falls silent in it is `registry_unreachable`. */
export async function readBody(
  client: RegistryClient,
  asked: Asked,
  response: Response,
  maxBytes: number,
): Promise<Buffer> {
  return bodyWithin(response, maxBytes, client.limits.idleTimeoutMs).catch((error: unknown) => {
    throw brokenOff(client, asked, error);
  });
}

/** The error of a body that did not come whole. */
export function brokenOff(
  client: RegistryClient,
  { repository, doing, signal }: Asked,
  error: unknown,
): KilnError {
  if (error instanceof KilnError) return error;
  return signal?.aborted === true
    ? stopped(error)
    : unreachable(client.locate(repository).host, doing, error);
}
