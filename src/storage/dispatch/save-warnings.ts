import type { BuildWarning } from '../../domain/builds/warning.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Tx } from '../database.js';
import { storableOrNull, storableText } from '../storable.js';

/** Writes what lints said to an attempt that ends in the same transaction, and so once. */
export async function saveWarnings(
  tx: Tx,
  { tenantId, buildId, attempt }: LeaseHolder,
  warnings: readonly BuildWarning[],
): Promise<void> {
  if (warnings.length === 0) return;
  await tx
    .insertInto('build_warnings')
    .values(
      warnings.map((warning, index) => ({
        tenant_id: tenantId,
        build_id: buildId,
        attempt,
        warning_number: index + 1,
        found_by: warning.foundBy,
        rule: storableText(warning.rule),
        severity: warning.severity,
        line_number: warning.line,
        column_number: warning.column,
        message: storableText(warning.message),
        link: storableOrNull(warning.link),
      })),
    )
    .execute();
}
