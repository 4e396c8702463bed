import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import type { TargetKind } from '../../../src/domain/notifications/target-kind.js';
import type { NewTarget } from '../../../src/ports/notifications.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createDueNotifications } from '../../../src/storage/notifications/due-notifications.js';
import { createNotificationStore } from '../../../src/storage/notifications/notification-store.js';
import { createNotificationTargetStore } from '../../../src/storage/notifications/target-store.js';
import { aName } from '../../support/builds.js';
import { freshDatabase } from '../../support/database.js';

export const SECRET = 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg5';
export const COMMIT = 'a'.repeat(40);
/** Of no target less is taken than of the others. */
export const NONE = new Map<string, number>();

/** What a build of a git source says. */
export const gitSource = (commit: string | null, url = 'https://git.example.com/team/app.git') => ({
  source: {
    ...{ kind: 'git' as const, url, ref: 'main', folder: null },
    ...{ submodules: false, lfs: false, depth: null },
  },
  options: {},
  git: { commit, branch: 'main', author: null, message: null },
});

/** Targets and notifications over a real database. Nobody sends them. */
export async function aNotificationWorld() {
  const db = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'kiln-notifications-'));
  await ensureKeyringFile(join(folder, 'keyring.json'));
  const sealer = createSealer(join(folder, 'keyring.json'));
  const targets = createNotificationTargetStore(db.api, sealer);
  const store = createNotificationStore(db.api);
  const due = (claimMs?: number) => createDueNotifications(db.controller, sealer, claimMs);
  return {
    ...{ db, sealer, targets, store, due },
    takeAll: async (from = due()) => (await from.take(100, 100, NONE)).taken,

    aTarget(tenant: TenantContext, kind: TargetKind = 'webhook', over: Partial<NewTarget> = {}) {
      const isWebhook = kind === 'webhook';
      return targets.create(
        tenant,
        {
          ...{ name: aName('target'), kind, projectId: null, isActive: true },
          url: isWebhook ? 'https://hooks.example.com' : 'https://git.example.com/api/v1',
          gitHost: isWebhook ? null : 'git.example.com',
          events: ['queued', 'in_progress', 'success', 'failed', 'cancelled'],
          ...over,
        },
        SECRET,
      );
    },
    /** The notifications of a target, the oldest first. */
    async written(tenant: TenantContext, targetId: string) {
      const { items } = await store.list(tenant, targetId, { state: null, limit: 100, cursor: null });
      const bodies = await Promise.all(items.map(({ id }) => store.get(tenant, id)));
      return bodies.reverse();
    },
    async removeTargets(): Promise<void> {
      await sql`DELETE FROM notification_targets`.execute(db.admin);
    },
    async close(): Promise<void> {
      await db.close();
      await rm(folder, { recursive: true });
    },
  };
}
