/** For whom a BuildKit works. */
export interface BuildkitUser {
  readonly tenantId: string;
}

/**
 * The name of the BuildKit that a build gets. Builds with one key share a cache, so that one is handed what another has made, with secrets
 * too; those with different keys never do. This is the one place that says which are which.
 */
export function buildkitKey({ tenantId }: BuildkitUser): string {
  return tenantId;
}
