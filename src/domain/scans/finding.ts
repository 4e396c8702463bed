import { type Severity, SEVERITIES } from './severity.js';

/** A vulnerability that a scanner has found in a package of an image. */
export interface Finding {
  /** `CVE-2023-0286`, `GHSA-...`. */
  readonly vulnerabilityId: string;
  readonly severity: Severity;
  readonly packageName: string;
  readonly packageVersion: string;
  readonly packageType: string;
  /** Versions in which it is mended, by comma; null where the scanner knows none. */
  readonly fixedVersion: string | null;
  readonly link: string | null;
}

/** What a scan came to. */
export interface ScanResult {
  /** Program and version, such as `grype 0.121.3`. */
  readonly tool: string;
  readonly database: ScanDatabase;
  readonly findings: readonly Finding[];
  /** What the scanner printed, as it is. */
  readonly report: Uint8Array;
}

/** The database of vulnerabilities that a scanner has judged by. Null where it does not tell. */
export interface ScanDatabase {
  readonly version: string | null;
  /** ISO 8601. */
  readonly builtAt: string | null;
}

/** The findings, the worst first, each once: an image may have a package in several places. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const key = (one: Finding): string =>
    [one.packageName, one.packageVersion, one.packageType, one.vulnerabilityId].join('\0');
  const distinct = new Map(findings.map((one) => [key(one), one]));
  return [...distinct.entries()]
    .sort(
      ([keyA, a], [keyB, b]) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (keyA < keyB ? -1 : 1),
    )
    .map(([, one]) => one);
}
