import { sql } from 'kysely';
import type { Tx } from '../database.js';

/** A secret or credential as a check names it, with the master key that it needs. */
export interface StoredValue {
  readonly keyId: string;
  readonly what: string;
}

/** Every secret and credential by tenant, project and name; never a value. Needs the role kiln_controller. */
export async function listValues(tx: Tx): Promise<StoredValue[]> {
  const { rows } = await sql<StoredValue>`
    SELECT v.key_id AS "keyId", format('%s of %s', v.named, coalesce(t.slug || '/' || p.slug, t.slug)) AS what
    FROM (
      SELECT tenant_id, project_id, key_id, 'secret ' || secret_name AS named FROM secrets
      UNION ALL SELECT tenant_id, project_id, key_id, credential_kind || ' for ' || host FROM credentials
      UNION ALL SELECT tenant_id, project_id, key_id, 'secret of the notification target ' || target_name FROM notification_targets
      UNION ALL SELECT tenant_id, project_id, key_id, 'secret of the webhook ' || webhook_name FROM webhook_configs
    ) v JOIN tenants t ON t.id = v.tenant_id LEFT JOIN projects p ON p.id = v.project_id
    ORDER BY what`.execute(tx);
  return rows;
}

/** A content whose bytes ought to lie in the data folder. */
export interface StoredContent {
  readonly tenantId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Every content that is recorded as stored. */
export async function listContents(tx: Tx): Promise<StoredContent[]> {
  const { rows } = await sql<StoredContent>`
    SELECT tenant_id AS "tenantId", sha256::text AS sha256, size_bytes AS "sizeBytes"
    FROM contents WHERE stored_at IS NOT NULL ORDER BY tenant_id, sha256`.execute(tx);
  return rows;
}

/** An image that a registry ought to serve, by digest and where it has one by tag, or that it ought not to serve under that tag. */
export interface RecordedImage {
  readonly tenantId: string;
  readonly projectId: string;
  readonly repository: string;
  readonly digest: string;
  readonly tag: string | null;
  /** Whether a build that is not over moves this tag, so that it may point elsewhere already. */
  readonly mayMove: boolean;
  /** False of a tag that a build which came to nothing may have sent and has not moved by the record: anything else may stand there. */
  readonly isPublished: boolean;
}

/** Every image that was published, every tag that a build moved, and every one that a build may have moved in vain. */
export async function listImages(tx: Tx): Promise<RecordedImage[]> {
  const { rows } = await sql<RecordedImage>`
    SELECT i.tenant_id AS "tenantId", i.project_id AS "projectId", i.image_repository AS repository,
           i.manifest_digest AS digest, NULL AS tag, false AS "mayMove", true AS "isPublished"
    FROM images i
    WHERE i.deleted_at IS NULL AND NOT EXISTS (SELECT FROM image_removals r
      WHERE r.image_id = i.id AND r.repository = i.image_repository AND r.removed_at > i.last_built_at)
    UNION ALL
    SELECT t.tenant_id, b.project_id, t.repository, t.manifest_digest, t.tag, EXISTS (
             SELECT FROM builds o WHERE o.completed_at IS NULL
               AND o.destinations @> to_jsonb(t.repository || ':' || t.tag)), true
    FROM image_tags t JOIN builds b ON b.id = t.build_id WHERE b.status = 'success'
    UNION
    SELECT b.tenant_id, b.project_id, p.repository, p.manifest_digest, substr(d.destination, length(p.repository) + 2), EXISTS (
             SELECT FROM builds o WHERE o.completed_at IS NULL AND o.destinations @> to_jsonb(d.destination)), false
    FROM builds b JOIN publications p ON p.build_id = b.id
    JOIN jsonb_array_elements_text(b.destinations) d (destination) ON starts_with(d.destination, p.repository || ':')
    WHERE b.status IN ('failed', 'cancelled') AND b.tags_began_at IS NOT NULL AND NOT b.tags_moved @> to_jsonb(d.destination)
      AND NOT EXISTS (SELECT FROM image_tags t JOIN builds o ON o.id = t.build_id
        WHERE t.tenant_id = b.tenant_id AND t.repository || ':' || t.tag = d.destination
          AND (o.status = 'success' OR t.manifest_digest = p.manifest_digest))
    ORDER BY 3, 4, 5`.execute(tx);
  return rows;
}
