import { sql } from 'kysely';
import type { RowCheck } from './check.js';

const TERMINAL = sql`('success', 'failed', 'cancelled')`;

/** What holds of builds, their results, history and images. */
export const BUILD_CHECKS: readonly RowCheck[] = [
  {
    name: 'one_end',
    holds: 'Every build that is over has exactly one terminal entry in its history, every other one none.',
    broken: sql`
      SELECT format('build %s is %s and has %s terminal entries', b.id, b.status, count(h.id)) AS what
      FROM builds b LEFT JOIN build_status_history h ON h.build_id = b.id AND h.to_status IN ${TERMINAL}
      GROUP BY b.id, b.status
      HAVING count(h.id) <> CASE WHEN b.status IN ${TERMINAL} THEN 1 ELSE 0 END
        OR bool_or(h.to_status <> b.status)`,
  },
  {
    name: 'history',
    holds:
      'Each entry of a history goes on from the one before, and the last one is the status of the build.',
    broken: sql`
      SELECT format('build %s: its history says %s -> %s after %s', build_id, coalesce(from_status, 'nothing'),
                    to_status, coalesce(before, 'nothing')) AS what
      FROM (SELECT build_id, from_status, to_status, lag(to_status) OVER (PARTITION BY build_id ORDER BY sequence) AS before
            FROM build_status_history) entries
      WHERE from_status IS DISTINCT FROM before
      UNION ALL
      SELECT format('build %s is %s, its history ends with %s', b.id, b.status, coalesce(h.to_status, 'nothing'))
      FROM builds b LEFT JOIN LATERAL (
        SELECT to_status FROM build_status_history WHERE build_id = b.id ORDER BY sequence DESC LIMIT 1) h ON true
      WHERE h.to_status IS DISTINCT FROM b.status`,
  },
  {
    name: 'results',
    holds:
      'Every build has a result, which is empty until the build is over and says the same as its status.',
    broken: sql`
      SELECT format('build %s is %s, its result %s', b.id, b.status,
                    CASE WHEN r.build_id IS NULL THEN 'is missing' ELSE coalesce(r.status, 'is empty') END) AS what
      FROM builds b LEFT JOIN build_results r ON r.build_id = b.id
      WHERE r.build_id IS NULL OR (b.completed_at IS NULL) <> (r.status IS NULL)
        OR (r.status <> b.status AND NOT (b.status = 'failed' AND r.status = 'timeout'))`,
  },
  {
    name: 'artifacts',
    holds:
      'Every artifact of an attempt belongs to one that has ended; what is available names bytes of its size that are stored.',
    broken: sql`
      SELECT format('the artifact %s of %s has %s bytes, its content %s', a.artifact_name, coalesce(a.build_id, a.image_id),
                    a.artifact_size_bytes, coalesce(c.size_bytes::text, 'is not known')) AS what
      FROM build_artifacts a LEFT JOIN contents c ON c.tenant_id = a.tenant_id AND c.sha256 = a.content_sha256
      WHERE a.content_sha256 IS NOT NULL AND c.size_bytes IS DISTINCT FROM a.artifact_size_bytes
      UNION ALL
      SELECT format('the bytes of the artifact %s of %s are lost', a.artifact_name, coalesce(a.build_id, a.image_id))
      FROM build_artifacts a JOIN contents c ON c.tenant_id = a.tenant_id AND c.sha256 = a.content_sha256
      WHERE c.stored_at IS NULL
      UNION ALL
      SELECT format('the artifact %s of build %s is of an attempt that has not ended', a.artifact_name, a.build_id)
      FROM build_artifacts a JOIN attempts t ON t.build_id = a.build_id AND t.attempt = a.attempt
      WHERE t.ended_at IS NULL`,
  },
  {
    name: 'images',
    holds: 'Every successful build has its image, with the digest of its result and all layers.',
    broken: sql`
      SELECT format('build %s is a success, but %s', b.id,
                    CASE WHEN i.id IS NULL THEN 'has no image' ELSE 'its image is ' || i.manifest_digest END) AS what
      FROM builds b JOIN build_results r ON r.build_id = b.id
      LEFT JOIN images i ON i.id = b.image_id AND i.project_id = b.project_id
      WHERE b.status = 'success' AND i.manifest_digest IS DISTINCT FROM r.output_image_digest
      UNION ALL
      SELECT format('image %s has %s layers recorded of %s', i.id, count(l.id), m.total_layer_count)
      FROM images i LEFT JOIN image_metadata m ON m.image_id = i.id LEFT JOIN image_layers l ON l.image_id = i.id
      GROUP BY i.id, m.total_layer_count
      HAVING count(l.id) IS DISTINCT FROM m.total_layer_count::bigint`,
  },
  {
    name: 'gates',
    holds: 'No build was published past its gate, and those that are held have no lease until it opens.',
    broken: sql`
      SELECT format('build %s was published, its gate is %s', b.id, coalesce(g.gate_status, 'not asked')) AS what
      FROM builds b JOIN build_configs c ON c.build_id = b.id LEFT JOIN build_gates g ON g.build_id = b.id
      WHERE b.status = 'success' AND c.gate IS NOT NULL AND coalesce(g.gate_status, '') NOT IN ('passed', 'approved')
      UNION ALL
      SELECT format('build %s is %s, its gate is %s', b.id,
                    CASE WHEN b.held_at IS NULL THEN 'not held' ELSE 'held' END, coalesce(g.gate_status, 'not asked'))
      FROM builds b LEFT JOIN build_gates g ON g.build_id = b.id
      WHERE CASE WHEN b.held_at IS NULL THEN coalesce(g.gate_status, '') = 'held'
                 ELSE coalesce(g.gate_status, '') NOT IN ('held', 'rejected') END`,
  },
  {
    name: 'explorations',
    holds: 'Every image that was explored says what each of its layers does, and all of them were read.',
    broken: sql`
      SELECT format('image %s has %s layers, %s are explored, %s were read', i.id, count(l.id), count(e.layer_number),
                    count(r.file_list)) AS what
      FROM images i JOIN image_explorations x ON x.tenant_id = i.tenant_id AND x.manifest_digest = i.manifest_digest
      JOIN image_layers l ON l.image_id = i.id
      LEFT JOIN explored_layers e ON e.tenant_id = i.tenant_id AND e.manifest_digest = i.manifest_digest
        AND e.layer_number = l.layer_number
      LEFT JOIN layer_explorations r ON r.tenant_id = l.tenant_id AND r.layer_digest = l.layer_digest
      WHERE x.state = 'explored'
      GROUP BY i.id
      HAVING count(l.id) <> count(e.layer_number) OR count(l.id) <> count(r.file_list)`,
  },
  {
    name: 'build_numbers',
    holds: 'The last build number of a project is that of its newest build.',
    broken: sql`
      SELECT format('project %s: last number %s, newest build %s', p.slug, p.last_build_number,
                    coalesce(max(b.build_number), 0)) AS what
      FROM projects p LEFT JOIN builds b ON b.project_id = p.id
      GROUP BY p.id
      HAVING p.last_build_number <> coalesce(max(b.build_number), 0)`,
  },
  {
    name: 'layer_counters',
    holds: 'Each layer counts exactly the builds whose image has it.',
    broken: sql`
      SELECT format('layer %s counts %s builds of %s', coalesce(u.layer_digest, used.layer_digest),
                    coalesce(u.used_in_builds_count, 0), coalesce(used.builds, 0)) AS what
      FROM layer_usage u FULL JOIN (
        SELECT l.tenant_id, l.layer_digest, count(DISTINCT b.id) AS builds
        FROM builds b LEFT JOIN image_platforms p ON p.index_image_id = b.image_id
        JOIN image_layers l ON l.image_id = coalesce(p.image_id, b.image_id)
        GROUP BY l.tenant_id, l.layer_digest
      ) used ON used.tenant_id = u.tenant_id AND used.layer_digest = u.layer_digest
      WHERE u.used_in_builds_count IS DISTINCT FROM used.builds`,
  },
];
