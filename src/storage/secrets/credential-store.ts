import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseCredentialHost } from '../../domain/secrets/credential.js';
import type { CredentialStore, Sealer, StoredCredential } from '../../ports/secrets.js';
import { decodeCursor, isAfter, toPage } from '../cursor.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { lockKeysShared } from '../locks.js';
import { credentialBelongsTo, sealedColumns } from './belongs-to.js';

/** Credentials as people manage them. Works under the role kiln_api. */
export function createCredentialStore(db: Database, sealer: Sealer): CredentialStore {
  return {
    put: (tenant, projectId, { kind, host, username, knownHosts, value }) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await lockKeysShared(tx);
        const beside = { username, known_hosts: knownHosts };
        const key = {
          tenant_id: tenant.tenantId,
          project_id: projectId,
          credential_kind: kind,
          host: parseCredentialHost(kind, host),
        };
        const sealed = sealedColumns(await sealer.seal(value, credentialBelongsTo({ ...key, ...beside })));
        const { id } = await tx
          .insertInto('credentials')
          .values({ ...key, ...beside, ...sealed, created_by_user_id: tenant.userId })
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'project_id', 'credential_kind', 'host']).doUpdateSet((eb) => ({
              ...beside,
              ...sealed,
              version: eb('credentials.version', '+', 1),
              updated_at: sql<Date>`clock_timestamp()`,
            })),
          )
          .returning('id')
          .executeTakeFirstOrThrow();
        return toCredential(await rowsWithoutValue(tx).where('c.id', '=', id).executeTakeFirstOrThrow());
      }),

    list: async (tenant, { projectId, limit, cursor }) => {
      const after = decodeCursor(cursor);
      return inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await rowsWithoutValue(tx)
          .$if(projectId !== null, (query) =>
            query.where((eb) => eb.or([eb('c.project_id', 'is', null), eb('c.project_id', '=', projectId)])),
          )
          .$if(after !== null, (query) => query.where(isAfter('c', after!)))
          .orderBy('c.created_at', 'desc')
          .orderBy('c.id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(rows, limit, toCredential);
      });
    },

    remove: (tenant, projectId, kind, host) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const gone = await tx
          .deleteFrom('credentials')
          .where('credential_kind', '=', kind)
          .where('host', '=', parseCredentialHost(kind, host))
          .where('project_id', 'is not distinct from', projectId)
          .executeTakeFirst();
        if (gone.numDeletedRows > 0n) return;
        throw new KilnError('not_found', { message: `There is no ${kind} for ${host} here.` });
      }),
  };
}

function rowsWithoutValue(tx: Tx) {
  return tx
    .selectFrom('credentials as c')
    .leftJoin('projects as p', 'p.id', 'c.project_id')
    .select(['c.id', 'c.credential_kind', 'c.host', 'c.username', 'c.known_hosts'])
    .select(['c.version', 'c.created_at', 'c.updated_at', 'p.slug as project']);
}

type Row = Awaited<ReturnType<ReturnType<typeof rowsWithoutValue>['executeTakeFirstOrThrow']>>;

function toCredential(row: Row): StoredCredential {
  return {
    id: row.id,
    kind: row.credential_kind,
    host: row.host,
    project: row.project,
    username: row.username,
    knownHosts: row.known_hosts,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
