import { sql } from 'kysely';
import type { Tx } from '../database.js';

/** What the newest scan of a manifest has found goes to the rows of all its images; nothing where there is none. */
export async function tellScan(tx: Tx, tenantId: string, manifestDigest: string): Promise<void> {
  await sql`
    UPDATE image_metadata m SET last_scanned_at = s.scanned_at, scan_tool = s.tool,
      vulnerabilities_critical = n.critical, vulnerabilities_high = n.high, vulnerabilities_med = n.medium, vulnerabilities_low = n.low
    FROM image_scans s CROSS JOIN LATERAL (SELECT
      count(*) FILTER (WHERE f.severity = 'critical') AS critical, count(*) FILTER (WHERE f.severity = 'high') AS high,
      count(*) FILTER (WHERE f.severity = 'medium') AS medium, count(*) FILTER (WHERE f.severity = 'low') AS low
      FROM image_findings f WHERE f.tenant_id = s.tenant_id AND f.manifest_digest = s.manifest_digest) n
    WHERE s.tenant_id = ${tenantId} AND s.manifest_digest = ${manifestDigest} AND s.scanned_at IS NOT NULL
      AND m.tenant_id = s.tenant_id AND m.docker_manifest_digest = s.manifest_digest`.execute(tx);
}
