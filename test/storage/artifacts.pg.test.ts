import { sql } from 'kysely';
import type { KeptArtifact } from '../../src/domain/builds/artifact.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { snapshot } from '../../src/storage/transact.js';
import { checkRows } from '../../src/storage/verify/check-rows.js';
import { anOutcome, aRunningBuild, aTenant, finish } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

const DAY_MS = 86_400_000;
const digest = 'a'.repeat(64);
const app: KeptArtifact = {
  ...{ name: 'app', type: 'build_output', mediaType: 'application/octet-stream' },
  ...{ sizeBytes: 5, sha256: digest },
};

let db: FreshDatabase;
let running: Awaited<ReturnType<typeof aRunningBuild>>;
let index: ReturnType<typeof createContentIndex>;
beforeAll(async () => {
  db = await freshDatabase();
  index = createContentIndex(db.api);
});
beforeEach(async () => {
  running = await aRunningBuild(db);
});
afterAll(() => db.close());

async function store(content = { sha256: digest, sizeBytes: 5 }): Promise<void> {
  await index.need(running.tenant, [content]);
  await index.store(running.tenant, [content], () => Promise.resolve());
}

async function ageContents(): Promise<void> {
  await sql`UPDATE contents SET last_needed_at = now() - interval '9 days'`.execute(db.admin);
}

const artifacts = (tenant = running.tenant) => createBuildStore(db.api).artifacts(tenant, running.build.id);

test('an outcome is stored with its artifacts, and once', async () => {
  await store();
  const outcome = anOutcome({ artifacts: [app] });
  await finish(db, running.holder, outcome);
  await finish(db, running.holder, outcome);
  expect(await artifacts()).toEqual([
    {
      artifact_name: 'app',
      artifact_type: 'build_output',
      media_type: 'application/octet-stream',
      artifact_size_bytes: 5,
      sha256_digest: digest,
      artifact_location: `contents/${digest}`,
      retention_policy: 'permanent',
      expires_at: null,
      attempt: 1,
      is_available: true,
      created_at: expect.any(String),
    },
  ]);
  const { rows } = await sql<{ outcome: object }>`SELECT outcome FROM attempts
    WHERE build_id = ${running.build.id}`.execute(db.admin);
  expect(rows[0]?.outcome).not.toHaveProperty('artifacts');
});

test.each<[string, () => Promise<void>]>([
  ['are not here', () => Promise.resolve()],
  ['never arrived', () => index.need(running.tenant, [app]).then(() => undefined)],
  ['were lost since', () => store().then(() => index.forget(running.tenant, digest))],
  ['have another size', () => store({ sha256: digest, sizeBytes: 6 })],
])('an outcome is refused as long as the bytes of an artifact %s', async (_why, given) => {
  await given();
  await expect(finish(db, running.holder, anOutcome({ artifacts: [app] }))).rejects.toMatchObject({
    code: 'conflict',
    fields: [{ field: `artifacts.${digest}`, message: 'is not stored' }],
  });
  expect(await artifacts()).toEqual([]);
});

test('what another tenant has stored is not stored for this one, nor are its artifacts shown', async () => {
  const other = await aTenant(db);
  await index.need(other, [app]);
  await index.store(other, [app], () => Promise.resolve());
  await expect(finish(db, running.holder, anOutcome({ artifacts: [app] }))).rejects.toMatchObject({
    code: 'conflict',
  });
  await store();
  await finish(db, running.holder, anOutcome({ artifacts: [app] }));
  await expect(artifacts(other)).rejects.toMatchObject({ code: 'not_found' });
});

test('contents that an artifact names outlive those that nothing needs', async () => {
  const stray = { sha256: 'b'.repeat(64), sizeBytes: 1 };
  await store();
  await store(stray);
  await finish(db, running.holder, anOutcome({ artifacts: [app] }));
  await ageContents();
  const { tenantId } = running.tenant;
  const removed: string[] = [];
  const remove = (sha256: readonly string[]) => Promise.resolve(void removed.push(...sha256));
  expect(await index.tenantsWithExpired(DAY_MS)).toContain(tenantId);
  expect(await index.expire(tenantId, DAY_MS, 10, remove)).toBe(1);
  expect(removed).toEqual([stray.sha256]);
  expect((await artifacts()).map(({ is_available }) => is_available)).toEqual([true]);
  expect(await index.tenantsWithExpired(DAY_MS)).not.toContain(tenantId);
});

test('an outcome counts as a need: what was about to expire stays', async () => {
  await store();
  await ageContents();
  await finish(db, running.holder, anOutcome({ artifacts: [app] }));
  const { rows } = await sql<{ fresh: boolean }>`SELECT last_needed_at > now() - interval '1 hour' AS fresh
    FROM contents WHERE tenant_id = ${running.tenant.tenantId}`.execute(db.admin);
  expect(rows).toEqual([{ fresh: true }]);
});

test('a verification names artifacts whose bytes are lost', async () => {
  await store();
  await finish(db, running.holder, anOutcome({ artifacts: [app] }));
  const wrong = async (): Promise<number | undefined> =>
    (await snapshot(db.controller, (tx) => checkRows(tx, { all: true }))).find(
      ({ name }) => name === 'artifacts',
    )?.wrong;
  const before = (await wrong()) ?? 0;

  await index.forget(running.tenant, digest);

  expect(await wrong()).toBe(before + 1);
});
