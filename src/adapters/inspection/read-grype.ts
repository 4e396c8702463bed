import { z } from 'zod';
import type { Finding } from '../../domain/scans/finding.js';
import { SEVERITIES, type Severity } from '../../domain/scans/severity.js';
import { fitting } from './fitting.js';

const report = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: z.string(),
        dataSource: z.string().optional(),
        severity: z.string().optional(),
        fix: z
          .object({ versions: z.array(z.string()).nullish(), state: z.string() })
          .partial()
          .optional(),
      }),
      relatedVulnerabilities: z.array(z.object({ id: z.string() })).nullish(),
      artifact: z.object({ name: z.string(), version: z.string(), type: z.string() }),
    }),
  ),
});

/** The findings of a report of grype in JSON. Raises for what is none. */
export function readGrype(json: string): Finding[] {
  return report.parse(JSON.parse(json)).matches.map(({ vulnerability, artifact }) =>
    fitting({
      vulnerabilityId: vulnerability.id,
      severity: severityOf(vulnerability.severity),
      packageName: artifact.name,
      packageVersion: artifact.version,
      packageType: artifact.type,
      fixedVersion: vulnerability.fix?.versions?.join(', ') || null,
      link: vulnerability.dataSource ?? null,
    }),
  );
}

/** What a scanner calls by a word that is not known here is unknown. */
export function severityOf(word: string | undefined): Severity {
  return SEVERITIES.find((severity) => severity === word?.toLowerCase()) ?? 'unknown';
}
