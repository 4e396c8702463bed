import { newToken } from '../src/storage/token.js';
import type { DrillDatabase } from './database.js';

/** The tenant of the stub builds, and a host of its own for each of `slots`; their tokens are known here alone. */
export interface DrillTenant {
  readonly tenantId: string;
  readonly token: string;
  readonly hosts: readonly { readonly workerId: string; readonly token: string }[];
}

/**
 * Makes a tenant whose builds run on stub hosts only, at most `limit` at once. The host of `kiln up` is kept for the first tenant, whose
 * builds are real.
 */
export async function addDrillTenant(
  db: DrillDatabase,
  given: { readonly hosts: number; readonly slots: number; readonly limit: number },
): Promise<DrillTenant> {
  const api = newToken('api');
  await db.query(
    `UPDATE build_workers SET tenant_id = (SELECT id FROM tenants WHERE slug = 'default') WHERE worker_name = 'local-1'`,
  );
  const [tenant] = await db.query<{ id: string }>(
    `INSERT INTO tenants (slug, name) VALUES ('drill', 'Drill') RETURNING id`,
  );
  const tenantId = tenant!.id;
  await db.query(
    `INSERT INTO build_concurrency_policies (tenant_id, max_concurrent_builds) VALUES ($1, $2)`,
    [tenantId, given.limit],
  );
  await db.query(
    `WITH made AS (INSERT INTO users (tenant_id, username) VALUES ($1, 'client') RETURNING id)
     INSERT INTO api_tokens (tenant_id, user_id, token_name, token_sha256) SELECT $1, id, 'drill', $2 FROM made`,
    [tenantId, api.sha256],
  );
  const hosts = [];
  for (let number = 1; number <= given.hosts; number += 1) {
    const { token, sha256 } = newToken('worker');
    const [worker] = await db.query<{ id: string }>(
      `WITH made AS (
         INSERT INTO build_workers (worker_name, worker_type, tenant_id, concurrent_builds_limit)
         VALUES ($1, 'local', $2, $3) RETURNING id)
       INSERT INTO worker_tokens (worker_id, token_sha256) SELECT id, $4 FROM made RETURNING worker_id AS id`,
      [`stub-${number}`, tenantId, given.slots, sha256],
    );
    hosts.push({ workerId: worker!.id, token });
  }
  return { tenantId, token: api.token, hosts };
}
