import type { Database, Tx } from '../database.js';
import { hashToken, newToken } from '../token.js';
import { transact } from '../transact.js';
import { addWorkerIn } from './add-worker.js';

export interface BootstrapOptions {
  readonly workerName: string;
  readonly slots: number;
  /** Tokens that the caller has made and keeps. When absent they are made here, once, and returned. */
  readonly apiToken?: string;
  readonly workerToken?: string;
}

export interface Bootstrapped {
  readonly tenantId: string;
  readonly userId: string;
  readonly workerId: string;
  /** In clear only when this call made it; stored as SHA-256. */
  readonly apiToken: string | null;
  readonly workerToken: string | null;
}

const FIRST_TOKEN = 'first';

/**
 * What a new installation starts with: tenant `default`, user `admin`, an unlimited policy, one API token and one shared local worker.
 * Needs the controller's role or a superuser. Repeating changes nothing; a given token that is new is added, the old ones stay.
 */
export async function bootstrap(db: Database, options: BootstrapOptions): Promise<Bootstrapped> {
  return transact(db, async (tx) => {
    const tenantId = await ensureTenant(tx);
    const userId = await ensureAdmin(tx, tenantId);
    await tx
      .insertInto('build_concurrency_policies')
      .values({ tenant_id: tenantId })
      .onConflict((conflict) => conflict.column('tenant_id').doNothing())
      .execute();
    const apiToken = await ensureApiToken(tx, tenantId, userId, options.apiToken);
    const worker = await addWorkerIn(tx, {
      name: options.workerName,
      slots: options.slots,
      ...(options.workerToken === undefined ? {} : { token: options.workerToken }),
    });
    return { tenantId, userId, workerId: worker.workerId, apiToken, workerToken: worker.token };
  });
}

async function ensureTenant(tx: Tx): Promise<string> {
  await tx
    .insertInto('tenants')
    .values({ slug: 'default', name: 'Default' })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .execute();
  const row = await tx
    .selectFrom('tenants')
    .select('id')
    .where('slug', '=', 'default')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function ensureAdmin(tx: Tx, tenantId: string): Promise<string> {
  await tx
    .insertInto('users')
    .values({ tenant_id: tenantId, username: 'admin', email: null })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'username']).doNothing())
    .execute();
  const row = await tx
    .selectFrom('users')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('username', '=', 'admin')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function ensureApiToken(
  tx: Tx,
  tenantId: string,
  userId: string,
  given: string | undefined,
): Promise<string | null> {
  const made = given === undefined ? newToken('api') : { token: given, sha256: hashToken(given) };
  const row = await tx
    .insertInto('api_tokens')
    .values({
      tenant_id: tenantId,
      user_id: userId,
      token_name: given === undefined ? FIRST_TOKEN : `given ${made.sha256.toString('hex').slice(0, 12)}`,
      token_sha256: made.sha256,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row === undefined || given !== undefined ? null : made.token;
}
