import type { Trust } from './trust.js';

/** For whom a BuildKit works. */
export interface BuildkitUser {
  readonly tenantId: string;
  readonly trust: Trust;
}

const TRUSTED = '-trusted';

/**
 * The name of what a build host keeps for later builds: of a BuildKit, and of the folder of every other method. Builds with one key share
 * a cache, so that one is handed what another has made, with secrets too; those with different keys never do. This is the one place that
 * says which are which.
 */
export function buildkitKey({ tenantId, trust }: BuildkitUser): string {
  return trust === 'trusted' ? `${tenantId}${TRUSTED}` : tenantId;
}

/** The trust of the builds with this key. */
export function trustOfKey(key: string): Trust {
  return key.endsWith(TRUSTED) ? 'trusted' : 'untrusted';
}
