import { type Selectable, sql } from 'kysely';
import type { Trust } from '../../domain/builds/trust.js';
import { KilnError } from '../../domain/errors.js';
import { changedGate, type GateChange, type GatePolicy } from '../../domain/gates/gate-policy.js';
import {
  changedRetention,
  type RetentionChange,
  type RetentionPolicy,
} from '../../domain/retention/retention-policy.js';
import { isUuid } from '../../domain/ids.js';
import type { Project } from '../../ports/records.js';
import type { ProjectStore, TenantContext } from '../../ports/stores.js';
import { decodeCursor, toPage } from '../cursor.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import type { ProjectsTable } from '../schema/identity.js';
import { toJson } from '../storable.js';

export function createProjectStore(db: Database): ProjectStore {
  return {
    create: (tenant, project) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .insertInto('projects')
          .values({
            tenant_id: tenant.tenantId,
            slug: project.slug,
            name: project.name,
            image_repository: project.imageRepository,
            destinations: toJson([...new Set(project.destinations)]),
            defaults: toJson(project.defaults),
            ...(project.trust === undefined ? {} : trustColumns(tenant, project.trust)),
          })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'slug']).doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) {
          throw new KilnError('conflict', {
            message: `There is a project "${project.slug}" already.`,
            fix: 'Use it, change it with `kiln projects set`, or choose another slug.',
            fields: [{ field: 'slug', message: 'is taken' }],
          });
        }
        return toProject(row);
      }),

    get: (tenant, slugOrId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('projects')
          .selectAll()
          .where(isUuid(slugOrId) ? 'id' : 'slug', '=', slugOrId)
          .executeTakeFirst();
        if (row === undefined) throw missing(slugOrId);
        return toProject(row);
      }),

    update: (tenant, slugOrId, change) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const before = await tx
          .selectFrom('projects')
          .select(['gate', 'retention'])
          .where(isUuid(slugOrId) ? 'id' : 'slug', '=', slugOrId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (before === undefined) throw missing(slugOrId);
        const row = await tx
          .updateTable('projects')
          .set({
            ...(change.name === undefined ? {} : { name: change.name }),
            ...(change.imageRepository === undefined ? {} : { image_repository: change.imageRepository }),
            ...(change.destinations === undefined
              ? {}
              : { destinations: toJson([...new Set(change.destinations)]) }),
            ...(change.defaults === undefined ? {} : { defaults: toJson(change.defaults) }),
            ...(change.gate === undefined ? {} : { gate: toGate(before.gate, change.gate) }),
            ...(change.trust === undefined ? {} : trustColumns(tenant, change.trust)),
            ...(change.retention === undefined
              ? {}
              : { retention: toRetention(before.retention, change.retention) }),
            ...(change.baseImageWatch === undefined
              ? {}
              : { base_image_watch: change.baseImageWatch && toJson(change.baseImageWatch) }),
          })
          .where(isUuid(slugOrId) ? 'id' : 'slug', '=', slugOrId)
          .returningAll()
          .executeTakeFirstOrThrow();
        return toProject(row);
      }),

    tenantSlug: (tenant) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { slug } = await tx
          .selectFrom('tenants')
          .select('slug')
          .where('id', '=', tenant.tenantId)
          .executeTakeFirstOrThrow();
        return slug;
      }),

    list: async (tenant, page) => {
      const after = decodeCursor(page.cursor);
      return inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await tx
          .selectFrom('projects')
          .selectAll()
          .$if(after !== null, (query) =>
            query.where(({ eb, refTuple, tuple }) =>
              eb(refTuple('created_at', 'id'), '<', tuple(after!.createdAt, after!.id)),
            ),
          )
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(page.limit + 1)
          .execute();
        return toPage(rows, page.limit, toProject);
      });
    },
  };
}

function toGate(before: GatePolicy | null, change: GateChange | null): string | null {
  return change === null ? null : toJson(changedGate(before, change));
}

/** With who set it, and when. */
function trustColumns(tenant: TenantContext, trust: Trust) {
  return {
    trust,
    trust_set_by_user_id: tenant.userId,
    trust_set_at: sql<Date>`clock_timestamp()`,
  };
}

function toRetention(before: RetentionPolicy | null, change: RetentionChange | null): string | null {
  return change === null ? null : toJson(changedRetention(before, change));
}

function missing(slugOrId: string): KilnError {
  return new KilnError('not_found', {
    message: `There is no project "${slugOrId}".`,
    fix: '`kiln projects` lists those that there are; `kiln projects --create SLUG` makes one.',
  });
}

function toProject(row: Selectable<ProjectsTable>): Project {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    imageRepository: row.image_repository,
    destinations: row.destinations,
    defaults: row.defaults,
    gate: row.gate,
    trust: row.trust,
    retention: row.retention,
    baseImageWatch: row.base_image_watch,
    createdAt: row.created_at.toISOString(),
  };
}
