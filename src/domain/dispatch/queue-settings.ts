/** build_concurrency_policies.on_limit: what becomes of a new build when a limit of its tenant is reached. */
export const ON_LIMIT = ['queue', 'reject', 'supersede'] as const;
export type OnLimit = (typeof ON_LIMIT)[number];
