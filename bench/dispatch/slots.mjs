import { setTimeout as sleep } from 'node:timers/promises';

/** What passes between two builds that are looked at one by one, so that what one leaves behind does not fall on the next. */
const PAUSE_MS = 700;

const MILESTONES = `
  (extract(epoch FROM l.granted_at - b.created_at) * 1000)::float AS granted_ms,
  (extract(epoch FROM l.acknowledged_at - b.created_at) * 1000)::float AS taken_up_ms,
  (extract(epoch FROM s.started_at - b.created_at) * 1000)::float AS builder_ms`;

/** Milliseconds from the acceptance of a build to its lease, to the host that has taken it up, and to the first step of its builder. */
export async function startsWhenIdle(site, { project, rounds }) {
  const starts = [];
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await site.accept(project, 'buildx');
    await site.ended(id);
    const [start] = await site.query(
      `SELECT ${MILESTONES} FROM builds b JOIN leases l ON l.build_id = b.id JOIN build_steps s ON s.build_id = b.id
       WHERE b.id = $1`,
      [id],
    );
    starts.push(start);
    await sleep(PAUSE_MS);
  }
  return starts;
}

/**
 * Milliseconds from the moment at which a slot becomes free to those at which the next build has its lease, its workflow is signalled and woken, its
 * activity is asked for and handed to the host, and the host has taken it up, with `queued` builds of the tenant behind those that are looked at. One slot: its end is the doorbell
 * of the next. `milestones` reads the last but one from histories.
 */
export async function startsFromQueue(site, milestones, { project, builds, queued }) {
  const [{ tenant_id: tenantId, id: projectId }] = await site.query(
    'SELECT tenant_id, id FROM projects WHERE slug = $1',
    [project],
  );
  await site.query('UPDATE build_concurrency_policies SET max_concurrent_builds = 1 WHERE tenant_id = $1', [
    tenantId,
  ]);
  await queueBehind(site, { tenantId, queued });
  const ids = [];
  for (let made = 0; made < builds; made += 1) {
    const { id } = await site.accept(project, 'buildx');
    ids.push(id);
  }
  await Promise.all(ids.slice(0, -1).map((id) => site.ended(id)));
  await site.query(
    `UPDATE builds SET status = 'failed', completed_at = now() WHERE image_repository = 'behind'`,
  );
  await site.ended(ids.at(-1)).catch(() => undefined);
  await site.query(
    'UPDATE build_concurrency_policies SET max_concurrent_builds = DEFAULT WHERE tenant_id = $1',
    [tenantId],
  );
  const rows = await site.query(
    `SELECT build_id, (extract(epoch FROM freed_at) * 1000)::float AS freed_ms,
            (extract(epoch FROM granted_at - freed_at) * 1000)::float AS granted_ms,
            (extract(epoch FROM acknowledged_at - freed_at) * 1000)::float AS taken_up_ms
     FROM (SELECT *, lag(ended_at) OVER (ORDER BY granted_at) AS freed_at FROM leases WHERE project_id = $1) l
     WHERE build_id = ANY($2) ORDER BY granted_at`,
    [projectId, ids],
  );
  const starts = [];
  // The first has found the slot free.
  for (const { build_id: buildId, freed_ms: freedMs, ...start } of rows.slice(1)) {
    const { signalledMs, wokenMs, scheduledMs, startedMs } = await milestones(`build/${buildId}`);
    starts.push({
      ...start,
      signalled_ms: signalledMs - freedMs,
      woken_ms: wokenMs - freedMs,
      scheduled_ms: scheduledMs - freedMs,
      started_ms: startedMs - freedMs,
    });
  }
  return starts;
}

/** Builds of fifty projects that nobody has started, in order behind all others. Accepted in the future, so that no audit starts them. */
async function queueBehind(site, { tenantId, queued }) {
  await site.query(
    `INSERT INTO projects (tenant_id, slug, name, image_repository)
     SELECT $1, 'behind-' || n, 'behind', 'behind' FROM generate_series(1, 50) n ON CONFLICT DO NOTHING`,
    [tenantId],
  );
  await site.query(
    `INSERT INTO builds (tenant_id, project_id, build_number, image_repository, build_method, build_day, created_at, queued_at, dispatch_at)
     SELECT p.tenant_id, p.id, p.last_build_number + n, 'behind', 'buildx', current_date, at, at, at
     FROM projects p CROSS JOIN generate_series(1, $2::int / 50) n CROSS JOIN (SELECT now() + interval '1 day' AS at) t
     WHERE p.tenant_id = $1 AND p.slug LIKE 'behind-%'`,
    [tenantId, queued],
  );
  await site.query(
    `UPDATE projects SET last_build_number = last_build_number + $2::int / 50 WHERE tenant_id = $1 AND slug LIKE 'behind-%'`,
    [tenantId, queued],
  );
  await site.query('ANALYZE builds');
}
