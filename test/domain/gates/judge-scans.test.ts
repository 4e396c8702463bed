import { expect, test } from 'vitest';
import type { GatePolicy } from '../../../src/domain/gates/gate-policy.js';
import { judgeScans, type ScannedFinding } from '../../../src/domain/gates/judge-scans.js';
import type { Severity } from '../../../src/domain/scans/severity.js';

const gate = (rules: Partial<GatePolicy>): GatePolicy => ({
  ...{ kind: 'inspection', expiry_seconds: 60, by_other: false, max_compressed_bytes: null },
  ...{ max_growth_percent: null, refuse_root: false, fail_on_severity: null, hold_on_severity: null },
  ...rules,
});

const finding = (severity: Severity, id: string, fixedVersion: string | null = null): ScannedFinding => ({
  ...{ vulnerabilityId: id, severity, packageName: 'zlib', packageVersion: '1.2' },
  fixedVersion,
});

const scanned = (...findings: ScannedFinding[]) => ({ platform: null, trouble: null, findings });

test('a vulnerability that is bad enough refuses the image, and is named with its fixed version', () => {
  const found = scanned(
    finding('high', 'CVE-2', '1.3'),
    finding('critical', 'CVE-1'),
    finding('low', 'CVE-3'),
  );
  expect(judgeScans(gate({ fail_on_severity: 'high' }), [found])).toEqual({
    findings: [],
    refusal: {
      code: 'vulnerabilities_found',
      message:
        'The scan has found 1 critical, 1 high vulnerabilities: CVE-1 in zlib 1.2 (not fixed), CVE-2 in zlib 1.2 (fixed in 1.3).',
    },
  });
});

test('one that is not so bad is found for a person, or passes', () => {
  const found = scanned(finding('medium', 'CVE-1'));
  const both = gate({ fail_on_severity: 'high', hold_on_severity: 'medium' });
  expect(judgeScans(both, [found])).toEqual({
    findings: ['the scan has found 1 medium vulnerability: CVE-1 in zlib 1.2 (not fixed)'],
    refusal: null,
  });
  expect(judgeScans(gate({ fail_on_severity: 'high' }), [found])).toEqual({ findings: [], refusal: null });
  // Nobody has said how bad it is.
  expect(judgeScans(gate({ fail_on_severity: 'low' }), [scanned(finding('unknown', 'CVE-1'))])).toEqual({
    findings: [],
    refusal: null,
  });
});

test('many are counted, each once, and the worst are named', () => {
  const many = [1, 2, 3, 4, 5].map((number) => finding('high', `CVE-${number}`));
  const { refusal } = judgeScans(gate({ fail_on_severity: 'high' }), [scanned(...many), scanned(...many)]);
  expect(refusal?.message).toMatch(
    /^The scan has found 5 high vulnerabilities: CVE-1 .*, CVE-3 .* and 2 more\.$/,
  );
});

test.each([
  ['no scan could be made', [{ ...scanned(), trouble: 'no scanner is here' }], 'no scanner is here'],
  ['one platform was not scanned', [scanned(), { ...scanned(), trouble: 'it timed out' }], 'it timed out'],
  ['nothing was scanned', [], 'nobody has scanned it'],
])('where %s nothing passes silently', (_name, scans, why) => {
  expect(judgeScans(gate({ fail_on_severity: 'critical', hold_on_severity: 'low' }), scans).refusal).toEqual({
    code: 'scan_unavailable',
    message: `The gate asks for a scan, and none could be made: ${why}`,
  });
  expect(judgeScans(gate({ hold_on_severity: 'critical' }), scans)).toEqual({
    findings: [`whether the image has vulnerabilities is not known: ${why}`],
    refusal: null,
  });
  expect(judgeScans(gate({}), scans)).toEqual({ findings: [], refusal: null });
});
