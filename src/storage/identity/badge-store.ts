import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { BadgeStore } from '../../ports/notifications.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { hashToken } from '../token.js';
import { single } from '../transact.js';

const TOKEN_BYTES = 18;

/** Badges of projects, whose addresses are stored as hashes. Works under the role kiln_api. */
export function createBadgeStore(db: Database): BadgeStore {
  const set = (tenantId: string, projectId: string, sha256: Buffer | null) =>
    inTenant(db, tenantId, async (tx) => {
      await tx
        .updateTable('projects')
        .set({ badge_token_sha256: sha256 })
        .where('id', '=', projectId)
        .execute();
    });
  return {
    async switchOn({ tenantId }, projectId) {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      await set(tenantId, projectId, hashToken(token));
      return { token };
    },
    switchOff: ({ tenantId }, projectId) => set(tenantId, projectId, null),

    async read(token, project, branch) {
      const { rows } = await single(db, (one) =>
        sql<{ tenant_id: string; project_id: string; slug: string }>`
          SELECT * FROM resolve_badge(${hashToken(token)})`.execute(one),
      );
      const [row] = rows;
      if (row === undefined || (row.slug !== project && row.project_id !== project)) return null;
      return inTenant(db, row.tenant_id, async (tx) => {
        const build = await tx
          .selectFrom('builds')
          .select('status')
          .where('project_id', '=', row.project_id)
          .where('status', 'in', sql<'success'>`('success', 'failed', 'cancelled')`)
          .where('what_if', 'is', null)
          .$if(branch !== null, (query) => query.where('branch', '=', branch))
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        return { status: (build?.status ?? null) as 'success' | 'failed' | 'cancelled' | null };
      });
    },
  };
}
