import { z } from 'zod';
import type { Finding } from '../../domain/scans/finding.js';
import { fitting } from './fitting.js';
import { severityOf } from './read-grype.js';

/** What the kinds of packages are called in bills of materials, where trivy has words of its own. */
const TYPES: Readonly<Record<string, string>> = {
  debian: 'deb',
  ubuntu: 'deb',
  alpine: 'apk',
  wolfi: 'apk',
  chainguard: 'apk',
  'node-pkg': 'npm',
  'python-pkg': 'python',
  gobinary: 'go-module',
  rustbinary: 'rust-crate',
  gemspec: 'gem',
  jar: 'java-archive',
};

const report = z.object({
  SchemaVersion: z.literal(2),
  Results: z
    .array(
      z.object({
        Type: z.string().default('unknown'),
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              PkgName: z.string(),
              InstalledVersion: z.string().default(''),
              FixedVersion: z.string().optional(),
              Severity: z.string().optional(),
              PrimaryURL: z.string().optional(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** The findings of a report of trivy in JSON. Raises for what is none. */
export function readTrivy(json: string): Finding[] {
  return (report.parse(JSON.parse(json)).Results ?? []).flatMap(({ Type: type, Vulnerabilities: found }) =>
    (found ?? []).map((one) =>
      fitting({
        vulnerabilityId: one.VulnerabilityID,
        severity: severityOf(one.Severity),
        packageName: one.PkgName,
        packageVersion: one.InstalledVersion,
        packageType: TYPES[type] ?? type,
        fixedVersion: one.FixedVersion || null,
        link: one.PrimaryURL ?? null,
      }),
    ),
  );
}
