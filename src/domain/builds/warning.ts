/** From the gravest down; those of hadolint. */
export const WARNING_SEVERITIES = ['error', 'warning', 'info', 'style'] as const;
export type WarningSeverity = (typeof WARNING_SEVERITIES)[number];

/** Lints, who reads test reports, and who looks at the options. */
export const WARNING_SOURCES = ['hadolint', 'buildkit', 'tests', 'kiln'] as const;
export type WarningSource = (typeof WARNING_SOURCES)[number];

/** More of one build are not kept. */
export const MAX_WARNINGS = 200;

/** What a lint says of a Dockerfile, or what is odd about the test reports or the options. It never fails a build. */
export interface BuildWarning {
  readonly foundBy: WarningSource;
  /** Such as `DL3006`, `SC2086` or `JSONArgsRecommended`. */
  readonly rule: string;
  readonly severity: WarningSeverity;
  /** From 1; null where the lint names no place. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  /** An https address that explains the rule; null where there is none. */
  readonly link: string | null;
}

/** Several lists as one, in the order of the file, each warning once, `MAX_WARNINGS` at most: the gravest are kept. */
export function mergeWarnings(...lists: readonly (readonly BuildWarning[])[]): BuildWarning[] {
  const distinct = new Map(lists.flat().map((warning) => [JSON.stringify(warning), warning]));
  const gravest = [...distinct.values()].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_WARNINGS);
  return gravest.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function rank({ severity }: BuildWarning): number {
  return WARNING_SEVERITIES.indexOf(severity);
}
