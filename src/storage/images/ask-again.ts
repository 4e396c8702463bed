import { sql } from 'kysely';
import type { Database } from '../database.js';
import { notifyOutbox } from '../notify.js';
import { isSbomLost } from '../sboms/note-lost.js';
import { transact } from '../transact.js';
import { joinManifests } from './platform-images.js';

/**
 * See Explorations.askAgain. An image that nobody has made by itself is explored with its index, whose bills of materials are made with
 * it.
 */
export async function askAgain(db: Database, olderThanMs: number): Promise<number> {
  return transact(db, async (tx) => {
    const { rows } = await sql`
      INSERT INTO outbox (tenant_id, build_id, message)
      SELECT b.tenant_id, b.id, jsonb_build_object('kind', 'explore_image', 'buildId', b.id, 'tenantId', b.tenant_id,
        'projectId', b.project_id, 'digest', e.manifest_digest)
      FROM image_explorations e CROSS JOIN LATERAL (
        SELECT n.id, n.tenant_id, n.project_id FROM images i JOIN builds n ON n.image_id = i.id
        WHERE i.tenant_id = e.tenant_id AND i.manifest_digest = e.manifest_digest ORDER BY n.completed_at DESC LIMIT 1) b
      WHERE (e.state = 'pending' AND e.requested_at < clock_timestamp() - ${olderThanMs} * interval '1 ms'
          OR EXISTS (SELECT FROM images i ${joinManifests('i')}
            JOIN image_sboms s ON s.tenant_id = m.tenant_id AND s.manifest_digest = m.manifest_digest
            WHERE i.tenant_id = e.tenant_id AND i.manifest_digest = e.manifest_digest AND ${isSbomLost('s')}))
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.tenant_id = e.tenant_id
          AND o.message ->> 'kind' = 'explore_image' AND o.message ->> 'digest' = e.manifest_digest)
      RETURNING id`.execute(tx);
    if (rows.length > 0) await notifyOutbox(tx);
    return rows.length;
  });
}
