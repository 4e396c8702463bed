/** How bad a vulnerability is, the worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The ones that a gate may be set to: who asks for `medium` gets `high` and `critical` too. */
export const GATE_SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type GateSeverity = (typeof GATE_SEVERITIES)[number];

/** How many findings there are of each severity. */
export type SeverityCounts = { readonly [Each in Severity]: number };

export function countSeverities(findings: readonly { readonly severity: Severity }[]): SeverityCounts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

/** Whether a severity is at least as bad as another. */
export function isAtLeast(severity: Severity, least: GateSeverity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}
