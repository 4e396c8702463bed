import { type Finding, type ScanResult, sortFindings } from '../../domain/scans/finding.js';
import type { Explored } from '../../ports/explorations.js';
import type { Scans } from '../../ports/scans.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyImage } from '../notify.js';
import { storableOrNull, storableText } from '../storable.js';
import { databaseNow, isoOrNull } from '../times.js';
import { noteScanTrouble } from './scan-trouble.js';
import { tellScan } from './tell-scan.js';

/** Under the number of parameters that a statement of PostgreSQL takes. */
const ROWS_AT_ONCE = 2_000;

interface Manifest {
  readonly tenant_id: string;
  readonly manifest_digest: string;
}

/** Scans as the controller makes them. Needs the role kiln_controller. */
export function createScans(db: Database): Scans {
  return {
    known: async (tenantId, digest) => {
      const row = await inTenant(db, tenantId, (tx) =>
        tx
          .selectFrom('image_scans')
          .select(['tool', 'database_version', 'database_built_at'])
          .where('tenant_id', '=', tenantId)
          .where('manifest_digest', '=', digest)
          .where('failure_reason', 'is', null)
          .executeTakeFirst(),
      );
      if (row === undefined || row.tool === null) return null;
      const database = { version: row.database_version, builtAt: isoOrNull(row.database_built_at) };
      return { tool: row.tool, database };
    },
    found: (tenantId, digest) => inTenant(db, tenantId, (tx) => readFound(tx, tenantId, digest)),
    noteTrouble: (trouble) => noteScanTrouble(db, trouble),
    save: (tenantId, digest, scan) => save(db, { tenant_id: tenantId, manifest_digest: digest }, scan),
  };
}

/** See Scans.found. */
async function readFound(tx: Tx, tenantId: string, digest: string): ReturnType<Scans['found']> {
  const scan = await tx
    .selectFrom('image_scans')
    .select(['scanned_at', 'failure_reason'])
    .where('tenant_id', '=', tenantId)
    .where('manifest_digest', '=', digest)
    .executeTakeFirst();
  const findings = await tx
    .selectFrom('image_findings')
    .select(['vulnerability_id as vulnerabilityId', 'severity', 'package_name as packageName'])
    .select(['package_version as packageVersion', 'fixed_version as fixedVersion'])
    .where('tenant_id', '=', tenantId)
    .where('manifest_digest', '=', digest)
    .orderBy('position')
    .execute();
  const trouble = scan === undefined ? 'nobody has scanned it' : scan.failure_reason;
  return { trouble, findings };
}

async function save(db: Database, manifest: Manifest, scan: Explored<ScanResult>): Promise<void> {
  const isFailure = 'failureReason' in scan;
  await inTenant(db, manifest.tenant_id, async (tx) => {
    const at = await databaseNow(tx);
    const row = isFailure
      ? { tried_at: at, failure_reason: storableText(scan.failureReason) }
      : {
          tried_at: at,
          failure_reason: null,
          scanned_at: at,
          tool: scan.tool,
          database_version: storableOrNull(scan.database.version),
          database_built_at: scan.database.builtAt === null ? null : new Date(scan.database.builtAt),
        };
    await tx
      .insertInto('image_scans')
      .values({ ...manifest, ...row })
      .onConflict((conflict) => conflict.columns(['tenant_id', 'manifest_digest']).doUpdateSet(row))
      .execute();
    if (!isFailure) {
      await saveFindings(tx, manifest, sortFindings(scan.findings));
      await tellScan(tx, manifest.tenant_id, manifest.manifest_digest);
    }
    await notifyImage(tx, manifest.manifest_digest);
  });
}

async function saveFindings(tx: Tx, manifest: Manifest, findings: readonly Finding[]): Promise<void> {
  await tx
    .deleteFrom('image_findings')
    .where('tenant_id', '=', manifest.tenant_id)
    .where('manifest_digest', '=', manifest.manifest_digest)
    .execute();
  for (let start = 0; start < findings.length; start += ROWS_AT_ONCE) {
    await tx
      .insertInto('image_findings')
      .values(
        findings.slice(start, start + ROWS_AT_ONCE).map((one, index) => ({
          ...manifest,
          position: start + index + 1,
          vulnerability_id: storableText(one.vulnerabilityId),
          severity: one.severity,
          package_name: storableText(one.packageName),
          package_version: storableText(one.packageVersion),
          package_type: storableText(one.packageType),
          fixed_version: storableOrNull(one.fixedVersion),
          link: storableOrNull(one.link),
        })),
      )
      .execute();
  }
}
