/** Which builds lose all but their record, and for how long logs are kept. What is null is not asked for. */
export interface BuildRetention {
  /** So many of the newest builds of each branch stay. */
  readonly keep_builds: number | null;
  /** Builds that ended in the last so many days stay. */
  readonly older_than_days: number | null;
  /** Logs of builds that were accepted in the last so many days stay. */
  readonly log_days: number | null;
}

export const BUILD_RETENTION_NAMES = ['keep_builds', 'older_than_days', 'log_days'] as const;

/** Least and greatest value that anybody can set; also CHECKs of the table build_retentions. */
export const BUILD_RETENTION_BOUNDS = {
  keep_builds: { least: 1, most: 1_000_000 },
  older_than_days: { least: 1, most: 36_500 },
  log_days: { least: 1, most: 36_500 },
} as const;

/** What is to change; the rest stays. */
export type BuildRetentionChange = {
  readonly [Rule in keyof BuildRetention]?: BuildRetention[Rule] | undefined;
};

const NOTHING: BuildRetention = { keep_builds: null, older_than_days: null, log_days: null };

/** Each rule from the first place that sets it: project, tenant, and for logs the installation. */
export function effectiveBuildRetention(layers: {
  readonly project: BuildRetention | null;
  readonly tenant: BuildRetention | null;
  readonly installationLogDays: number | null;
}): BuildRetention {
  const [project, tenant] = [layers.project ?? NOTHING, layers.tenant ?? NOTHING];
  return {
    keep_builds: project.keep_builds ?? tenant.keep_builds,
    older_than_days: project.older_than_days ?? tenant.older_than_days,
    log_days: project.log_days ?? tenant.log_days ?? layers.installationLogDays,
  };
}

/** Whether any build can go by these rules. */
export function removesBuilds({ keep_builds: keep, older_than_days: days }: BuildRetention): boolean {
  return keep !== null || days !== null;
}

/** Why a build stays that is held by nothing else: the first that is true. */
export const STANDINGS = ['open', 'newest_success', 'newest', 'young', 'needed', 'goes'] as const;
export type Standing = (typeof STANDINGS)[number];

/** How a build stands among those of its branch that have not been removed; what-ifs, of no branch, are a row of their own. */
export interface StandingBuild {
  readonly standing: Standing;
  readonly branch: string | null;
  readonly is_what_if: boolean;
  /** 1 is the newest of the branch. */
  readonly rank: number;
  /** What needs it, in words; null where nothing does. */
  readonly needed: string | null;
}

/** Why the build goes or stays, in words. */
export function whyBuild(
  retention: BuildRetention,
  { standing, branch, is_what_if: isWhatIf, rank, needed }: StandingBuild,
): string {
  const ofNoBranch = isWhatIf ? 'the what-ifs' : 'the builds of no branch';
  const of = branch === null ? ofNoBranch : `the branch ${branch}`;
  const { keep_builds: keep, older_than_days: days } = retention;
  switch (standing) {
    case 'open':
      return 'it is not over';
    case 'newest_success':
      return `it is the newest success of ${of}`;
    case 'newest':
      return keep === 1
        ? `it is the newest of ${of}`
        : `it is number ${String(rank)} of ${of}, of which the ${String(keep)} newest stay`;
    case 'young':
      return `it ended in the last ${inDays(days)}`;
    case 'needed':
      return needed ?? 'something needs it';
    case 'goes':
      return [
        ...(keep === null ? [] : [`it is number ${String(rank)} of ${of}`]),
        ...(days === null ? [] : [`it is older than ${inDays(days)}`]),
      ].join(', ');
  }
}

/** The rule by which logs went, in words. */
export function whyLogWent(logDays: number): string {
  return `logs are kept for ${inDays(logDays)}`;
}

function inDays(days: number | null): string {
  return days === 1 ? '1 day' : `${String(days)} days`;
}
