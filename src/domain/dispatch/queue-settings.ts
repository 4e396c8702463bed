/** build_concurrency_policies.on_limit: what becomes of a new build when a limit of its tenant is reached. */
export const ON_LIMIT = ['queue', 'reject', 'supersede'] as const;
export type OnLimit = (typeof ON_LIMIT)[number];

/** How many builds of a tenant may run at a time; names are those of the columns of build_concurrency_policies. */
export const QUEUE_LIMITS = {
  max_concurrent_builds: 'Most builds of the tenant that run at a time.',
  max_concurrent_per_project: 'Most builds of one project that run at a time.',
  buildx_max_concurrent: 'Most builds by buildx that run at a time.',
  container_max_concurrent: 'Most builds by container that run at a time.',
  kaniko_max_concurrent: 'Most builds by kaniko that run at a time.',
  paketo_max_concurrent: 'Most builds by paketo that run at a time.',
  packer_max_concurrent: 'Most builds by packer that run at a time.',
} as const;
export type QueueLimitName = keyof typeof QUEUE_LIMITS;
export const QUEUE_LIMIT_NAMES = Object.keys(QUEUE_LIMITS) as readonly QueueLimitName[];
export const QUEUE_LIMIT_MOST = 100_000;

/** How the queue of a tenant works. Null limits nothing. It holds for builds that wait already, from the moment that it is changed. */
export type QueueSettings = Readonly<Record<QueueLimitName, number | null>> & {
  readonly priority_dispatch_enabled: boolean;
  readonly on_limit: OnLimit;
  /** In the fair share between tenants; the operator's to set. */
  readonly weight: number;
};

/** What holds where nobody has set anything. */
export const QUEUE_DEFAULTS: QueueSettings = {
  max_concurrent_builds: null,
  max_concurrent_per_project: null,
  buildx_max_concurrent: null,
  container_max_concurrent: null,
  kaniko_max_concurrent: null,
  paketo_max_concurrent: null,
  packer_max_concurrent: null,
  priority_dispatch_enabled: true,
  on_limit: 'queue',
  weight: 1,
};

/** What a tenant may change of it; null takes a setting back to its default. */
export type QueueChange = {
  readonly [Name in Exclude<keyof QueueSettings, 'weight'>]?: QueueSettings[Name] | null | undefined;
};
export const QUEUE_SETTING_NAMES = [
  ...QUEUE_LIMIT_NAMES,
  'priority_dispatch_enabled',
  'on_limit',
] as const satisfies readonly (keyof QueueChange)[];
