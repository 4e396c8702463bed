import type { Finding } from '../scans/finding.js';
import { type GateSeverity, isAtLeast, SEVERITIES } from '../scans/severity.js';
import type { GatePolicy } from './gate-policy.js';

/** What is known of the vulnerabilities of one manifest. `trouble`: why it is not known, or not by now; null when it is. */
export interface ScannedManifest {
  readonly platform: string | null;
  readonly trouble: string | null;
  readonly findings: readonly ScannedFinding[];
}

export type ScannedFinding = Pick<
  Finding,
  'vulnerabilityId' | 'severity' | 'packageName' | 'packageVersion' | 'fixedVersion'
>;

/** Why an image is refused without a person being asked. */
export interface GateRefusal {
  readonly code: 'vulnerabilities_found' | 'scan_unavailable';
  readonly message: string;
}

/** How many are named one by one; `kiln scan` has all. */
const NAMED = 3;

/** Whether the gate needs to know what a scan finds. */
export function asksForScan(gate: GatePolicy): boolean {
  return gate.fail_on_severity !== null || gate.hold_on_severity !== null;
}

/** What the rules of the gate have against what scans have found; a scan that is not there is never one that found nothing. */
export function judgeScans(
  { fail_on_severity: fails, hold_on_severity: holds }: GatePolicy,
  scanned: readonly ScannedManifest[],
): { readonly findings: readonly string[]; readonly refusal: GateRefusal | null } {
  if (fails === null && holds === null) return { findings: [], refusal: null };
  const unknown = scanned.find(({ trouble }) => trouble !== null);
  if (unknown !== undefined || scanned.length === 0) {
    const why = unknown?.trouble ?? 'nobody has scanned it';
    if (fails !== null) {
      const message = `The gate asks for a scan, and none could be made: ${why}`;
      return { findings: [], refusal: { code: 'scan_unavailable', message } };
    }
    return { findings: [`whether the image has vulnerabilities is not known: ${why}`], refusal: null };
  }
  const refused = fails === null ? null : words(fails, scanned);
  if (refused !== null)
    return {
      findings: [],
      refusal: { code: 'vulnerabilities_found', message: `The scan has found ${refused}.` },
    };
  const held = holds === null ? null : words(holds, scanned);
  return { findings: held === null ? [] : [`the scan has found ${held}`], refusal: null };
}

/** `1 critical and 2 high vulnerabilities: CVE-1 in minimist 1.2.0 (fixed in 1.2.6), ...`; null where none is so bad. */
function words(least: GateSeverity, scanned: readonly ScannedManifest[]): string | null {
  const bad = scanned
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => isAtLeast(severity, least));
  const distinct = [...new Map(bad.map((one) => [keyOf(one), one])).values()].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  if (distinct.length === 0) return null;
  const counts = SEVERITIES.flatMap((severity) => {
    const count = distinct.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const named = distinct.slice(0, NAMED).map((one) => {
    const fix = one.fixedVersion === null ? 'not fixed' : `fixed in ${one.fixedVersion}`;
    return `${one.vulnerabilityId} in ${one.packageName} ${one.packageVersion} (${fix})`;
  });
  const more = distinct.length > NAMED ? ` and ${distinct.length - NAMED} more` : '';
  const noun = distinct.length === 1 ? 'vulnerability' : 'vulnerabilities';
  return `${counts.join(', ')} ${noun}: ${named.join(', ')}${more}`;
}

function keyOf(one: ScannedFinding): string {
  return [one.vulnerabilityId, one.packageName, one.packageVersion].join('\0');
}
