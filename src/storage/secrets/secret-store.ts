import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Sealer, SecretStore, StoredSecret } from '../../ports/secrets.js';
import { decodeCursor, isAfter, toPage } from '../cursor.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { lockKeysShared } from '../locks.js';
import { sealedColumns, secretBelongsTo } from './belongs-to.js';

/** Secrets as people manage them. Works under the role kiln_api. */
export function createSecretStore(db: Database, sealer: Sealer): SecretStore {
  return {
    put: (tenant, projectId, name, value) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await lockKeysShared(tx);
        const key = { tenant_id: tenant.tenantId, project_id: projectId, secret_name: name };
        const sealed = sealedColumns(await sealer.seal(value, secretBelongsTo(key)));
        const { id } = await tx
          .insertInto('secrets')
          .values({ ...key, ...sealed, created_by_user_id: tenant.userId })
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'project_id', 'secret_name']).doUpdateSet((eb) => ({
              ...sealed,
              version: eb('secrets.version', '+', 1),
              updated_at: sql<Date>`clock_timestamp()`,
            })),
          )
          .returning('id')
          .executeTakeFirstOrThrow();
        return toSecret(await rowsWithoutValue(tx).where('s.id', '=', id).executeTakeFirstOrThrow());
      }),

    list: async (tenant, { projectId, limit, cursor }) => {
      const after = decodeCursor(cursor);
      return inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await rowsWithoutValue(tx)
          .$if(projectId !== null, (query) =>
            query.where((eb) => eb.or([eb('s.project_id', 'is', null), eb('s.project_id', '=', projectId)])),
          )
          .$if(after !== null, (query) => query.where(isAfter('s', after!)))
          .orderBy('s.created_at', 'desc')
          .orderBy('s.id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(rows, limit, toSecret);
      });
    },

    remove: (tenant, projectId, name) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const gone = await tx
          .deleteFrom('secrets')
          .where('secret_name', '=', name)
          .where('project_id', 'is not distinct from', projectId)
          .executeTakeFirst();
        if (gone.numDeletedRows > 0n) return;
        throw new KilnError('not_found', { message: `There is no secret "${name}" here.` });
      }),

    missing: (tenant, projectId, names) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        if (names.length === 0) return [];
        const rows = await tx
          .selectFrom('secrets')
          .select('secret_name')
          .where('secret_name', 'in', [...names])
          .where((eb) => eb.or([eb('project_id', 'is', null), eb('project_id', '=', projectId)]))
          .execute();
        const found = new Set(rows.map((row) => row.secret_name));
        return [...new Set(names)].filter((name) => !found.has(name));
      }),

    owned: (tenant, projectId, names) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        if (names.length === 0) return [];
        const rows = await tx
          .selectFrom('secrets')
          .select('secret_name')
          .where('secret_name', 'in', [...names])
          .where('project_id', '=', projectId)
          .execute();
        return rows.map((row) => row.secret_name);
      }),
  };
}

function rowsWithoutValue(tx: Tx) {
  return tx
    .selectFrom('secrets as s')
    .leftJoin('projects as p', 'p.id', 's.project_id')
    .select(['s.id', 's.secret_name', 's.version', 's.created_at', 's.updated_at', 'p.slug as project']);
}

type Row = Awaited<ReturnType<ReturnType<typeof rowsWithoutValue>['executeTakeFirstOrThrow']>>;

function toSecret(row: Row): StoredSecret {
  return {
    id: row.id,
    name: row.secret_name,
    project: row.project,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
