import { sql } from 'kysely';
import { addWorker } from '../../../src/storage/identity/add-worker.js';
import { bootstrap } from '../../../src/storage/identity/bootstrap.js';
import { createTokenStore } from '../../../src/storage/identity/token-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('the first start makes tenant, user, policy, worker and tokens, once, also when three do it at once', async () => {
  const options = { workerName: 'local-1', slots: 2 };
  const made = await Promise.all([1, 2, 3].map(() => bootstrap(db.controller, options)));
  const [first] = made.filter((start) => start.apiToken !== null);

  expect(made.filter((start) => start.apiToken !== null)).toHaveLength(1);
  expect(made.filter((start) => start.workerToken !== null)).toHaveLength(1);
  expect(new Set(made.map((start) => start.workerId)).size).toBe(1);
  expect(await createTokenStore(db.api).resolveApiToken(first!.apiToken!)).toEqual({
    tenantId: first?.tenantId,
    userId: first?.userId,
    tokenId: expect.any(String),
  });
  const workerToken = made.find((start) => start.workerToken !== null)?.workerToken;
  expect(await createLeaseGate(db.api).resolveWorker(workerToken!)).toEqual({
    workerId: first?.workerId,
    workerName: 'local-1',
  });
  expect(await bootstrap(db.controller, options)).toMatchObject({ apiToken: null, workerToken: null });
});

test('tokens that the caller keeps work, however often they are given', async () => {
  const given = { apiToken: 'kiln_given', workerToken: 'kilnw_given', workerName: 'local-2', slots: 1 };
  await bootstrap(db.controller, given);
  const again = await bootstrap(db.controller, given);

  expect(again).toMatchObject({ apiToken: null, workerToken: null });
  expect(await createTokenStore(db.api).resolveApiToken('kiln_given')).toMatchObject({
    userId: again.userId,
  });
  expect(await createLeaseGate(db.api).resolveWorker('kilnw_given')).toMatchObject({ workerName: 'local-2' });
});

test('no token lies in the database in clear', async () => {
  const { token } = await addWorker(db.controller, { name: 'clear', slots: 1 });
  const { rows } = await sql<{ text: string }>`
    SELECT (SELECT string_agg(t::text, '') FROM worker_tokens t) || (SELECT string_agg(t::text, '') FROM api_tokens t) AS text`.execute(
    db.admin,
  );
  expect(rows[0]?.text).not.toContain(token);
  expect(rows[0]?.text).not.toContain('kiln_given');
});

test.each([
  ['revoked', 'revoked_at = now()'],
  ['expired', "expires_at = now() - interval '1 second'"],
])('a token that is %s stands for nobody', async (_name, change) => {
  const { tenantId, userId } = await bootstrap(db.controller, {
    workerName: 'local-1',
    slots: 1,
    apiToken: `kiln_${_name}`,
  });
  const tokens = createTokenStore(db.api);
  expect(await tokens.resolveApiToken(`kiln_${_name}`)).toMatchObject({ tenantId, userId });

  await sql`UPDATE api_tokens SET ${sql.raw(change)}
            WHERE token_sha256 = sha256(${`kiln_${_name}`}::text::bytea)`.execute(db.controller);

  expect(await tokens.resolveApiToken(`kiln_${_name}`)).toBeNull();
});
