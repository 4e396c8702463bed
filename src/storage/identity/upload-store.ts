import type { Selectable } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { Upload } from '../../ports/records.js';
import type { UploadStore } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import type { UploadsTable } from '../schema/identity.js';

export function createUploadStore(db: Database): UploadStore {
  return {
    record: (tenant, upload) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await tx
          .insertInto('uploads')
          .values({
            tenant_id: tenant.tenantId,
            sha256: upload.sha256,
            size_bytes: upload.sizeBytes,
            entry_count: upload.entryCount,
            created_by_user_id: tenant.userId,
          })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'sha256']).doNothing())
          .execute();
        const row = await tx
          .selectFrom('uploads')
          .selectAll()
          .where('sha256', '=', upload.sha256)
          .executeTakeFirstOrThrow();
        return toUpload(row);
      }),

    find: (tenant, sha256) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('uploads')
          .selectAll()
          .where('sha256', '=', sha256)
          .executeTakeFirst();
        if (row === undefined) throw new KilnError('not_found', { message: 'There is no such upload.' });
        return toUpload(row);
      }),

    get: (tenant, uploadId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('uploads')
          .selectAll()
          .where('id', '=', parseId(uploadId))
          .executeTakeFirst();
        if (row === undefined) throw new KilnError('not_found', { message: 'There is no such upload.' });
        return toUpload(row);
      }),
  };
}

function toUpload(row: Selectable<UploadsTable>): Upload {
  return {
    id: row.id,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    entryCount: row.entry_count,
    createdAt: row.created_at.toISOString(),
  };
}
