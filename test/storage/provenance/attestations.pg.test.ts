import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { createAttestations } from '../../../src/storage/provenance/attestations.js';
import { createSboms } from '../../../src/storage/sboms/sboms.js';
import { createVerificationStore } from '../../../src/storage/provenance/verification-store.js';
import { aRunningBuild, aTenant } from '../../support/builds.js';
import { anIndex } from '../../support/index-image.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { anAttestation, aPublishedBuild, type Published, signer } from './a-published-build.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('a build that succeeds asks for its provenance in the transaction of its record', async () => {
  const { build } = await aPublishedBuild(db);
  const { state } = await db.controller
    .selectFrom('build_attestations')
    .select('state')
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow();
  const { rows } =
    await sql`SELECT FROM outbox WHERE message ->> 'kind' = 'attest_build' AND build_id = ${build.id}`.execute(
      db.controller,
    );
  expect([state, rows.length]).toEqual(['pending', 1]);
});

test('tells of a build what its record says', async () => {
  const { build, image, tenant, repository } = await aPublishedBuild(db, 'facts');
  const told = await createAttestations(db.controller).facts(build.id);
  expect(told).toMatchObject({
    tenantId: tenant.tenantId,
    repositories: [repository],
    facts: {
      buildId: build.id,
      madeByBuildId: build.id,
      imageDigest: image.manifestDigest,
      attempt: 1,
      source: { kind: 'inline' },
      tools: { buildctl: '0.29.0' },
      textDigests: { dockerfile_inline: createHash('sha256').update('FROM scratch').digest('hex') },
    },
  });
});

test('tells nothing of a build that has published nothing', async () => {
  const { build } = await aRunningBuild(db);
  expect(await createAttestations(db.controller).facts(build.id)).toBeNull();
});

test('keeps the first provenance of a build, and gives it to whoever signs another', async () => {
  const published = await aPublishedBuild(db, 'first');
  const attestations = createAttestations(db.controller);
  const first = await attestations.keep(anAttestation(published), signer);
  const second = await attestations.keep(
    anAttestation(published, { statement: '{"a":2}', signature: 'b3RoZXI=' }),
    signer,
  );
  expect(second).toEqual(first);
  expect(await attestations.signed(published.build.id)).toEqual([first]);
});

test('keeps what belongs to an image once for each statement', async () => {
  const published = await aPublishedBuild(db, 'sbom');
  const attestations = createAttestations(db.controller);
  const sbom = anAttestation(published, { kind: 'cyclonedx', statement: '{"sbom":1}' });
  await attestations.keep(sbom, signer);
  const again = await attestations.keep({ ...sbom, signature: 'b3RoZXI=' }, signer);
  expect(again).toMatchObject({ statement: '{"sbom":1}', signature: sbom.signature });
  await attestations.keep(anAttestation(published, { kind: 'cyclonedx', statement: '{"sbom":2}' }), signer);
  expect(await attestations.signed(published.build.id)).toHaveLength(2);
});

const NEW_KEY = { keyId: 'b'.repeat(64), publicKey: 'PEM of b' };

test('keeps what belongs to an image once for each key', async () => {
  const published = await aPublishedBuild(db, 'two-keys');
  const attestations = createAttestations(db.controller);
  const sbom = anAttestation(published, { kind: 'cyclonedx', statement: '{"sbom":5}' });
  await attestations.keep(sbom, signer);
  const again = await attestations.keep({ ...sbom, keyId: NEW_KEY.keyId, signature: 'b3RoZXI=' }, NEW_KEY);
  expect(again).toMatchObject({ keyId: NEW_KEY.keyId, signature: 'b3RoZXI=' });
  expect(await attestations.signed(published.build.id)).toHaveLength(2);
});

test('a key is known before it has signed, and the one that was announced last is current', async () => {
  const attestations = createAttestations(db.controller);
  const [one, other] = ['c', 'd'].map((digit) => ({ keyId: digit.repeat(64), publicKey: `PEM of ${digit}` }));
  const currentOne = async (): Promise<string | undefined> =>
    (await createVerificationStore(db.api).keys())[0]?.publicKey;
  for (const key of [one!, other!, one!]) {
    await attestations.announce(key);
    await attestations.announce(key);
    expect(await currentOne()).toBe(key.publicKey);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

test('asks again for what was forgotten, and not for what is attached', async () => {
  const published = await aPublishedBuild(db, 'forgotten');
  const attestations = createAttestations(db.controller);
  const open = (): Promise<number> => attestations.askAgain(0);
  expect(await open()).toBeGreaterThan(0);
  await sql`UPDATE build_attestations SET state = 'attached', ended_at = now()`.execute(db.controller);
  expect(await open()).toBe(0);
  await attestations.end(published.build.id, { state: 'failed', reason: 'away' });
  expect(await open()).toBe(0);
  await sql`UPDATE build_attestations SET ended_at = now() - interval '2 hours'
    WHERE build_id = ${published.build.id}`.execute(db.controller);
  expect(await open()).toBe(1);
});

const SBOM = { sha256: 'e'.repeat(64), sizeBytes: 2 };
const madeSbom = { ...{ tool: 'syft 1', note: null, packages: [] }, cyclonedx: SBOM, spdx: SBOM };

/** Whether the bill of materials of an image that lies beside it already asks to be signed. */
function asking({ tenant, project, build, image }: Published) {
  const attestations = createAttestations(db.controller);
  const explored = { tenantId: tenant.tenantId, projectId: project.id, digest: image.manifestDigest };
  return async (): Promise<boolean> => {
    await sql`UPDATE build_attestations SET state = 'attached', ended_at = now() WHERE build_id = ${build.id}`.execute(
      db.controller,
    );
    await attestations.askForImage(explored);
    const { state } = await db.controller
      .selectFrom('build_attestations')
      .select('state')
      .where('build_id', '=', build.id)
      .executeTakeFirstOrThrow();
    return state === 'pending';
  };
}

test('a bill of materials asks for its signature once it is there, and not again when it is signed', async () => {
  const published = await aPublishedBuild(db, 'with-sbom');
  const { tenant, image } = published;
  const asked = asking(published);
  const attestations = createAttestations(db.controller);
  expect(await asked()).toBe(false);
  await createSboms(db.controller).save(tenant.tenantId, image.manifestDigest, madeSbom);
  expect(await asked()).toBe(true);
  await attestations.keep(anAttestation(published, { kind: 'cyclonedx', statement: '{"sbom":3}' }), signer);
  expect(await asked()).toBe(false);
});

test('of an index the bill of materials of each platform asks for its signature', async () => {
  const published = await aPublishedBuild(db, 'index', anIndex());
  const asked = asking(published);
  const attestations = createAttestations(db.controller);
  for (const { manifestDigest } of published.image.platformImages ?? [])
    await createSboms(db.controller).save(published.tenant.tenantId, manifestDigest, madeSbom);
  for (const platform of ['amd64', 'arm64']) {
    expect(await asked()).toBe(true);
    const sbom = anAttestation(published, { kind: 'cyclonedx', statement: platform });
    await attestations.keep(sbom, signer);
    await attestations.keep({ ...sbom, keyId: NEW_KEY.keyId }, NEW_KEY);
  }
  expect(await asked()).toBe(false);
});

test('one after the other changes what lies beside an image', async () => {
  const attestations = createAttestations(db.controller);
  const image = { repository: 'r.example/app', digest: `sha256:${'1'.repeat(64)}` };
  const order: string[] = [];
  const { signal } = new AbortController();
  const work = (name: string) => () =>
    attestations.locked(
      image,
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push(`${name} ends`);
      },
      signal,
    );
  await Promise.all([work('one')(), work('other')()]);
  expect(order[0]?.split(' ')[0]).toBe(order[1]?.split(' ')[0]);
  expect(order).toHaveLength(4);
});

describe('what is held against an image', () => {
  test('is known with its builds, keys and statements', async () => {
    const published = await aPublishedBuild(db, 'known');
    const { tenant, build, image, repository } = published;
    await createAttestations(db.controller).keep(anAttestation(published), signer);
    const store = createVerificationStore(db.api);
    const known = await store.known(tenant, image.manifestDigest);
    expect(known).toMatchObject({
      isSigning: true,
      sbomStatements: [],
      isSignatureRecorded: false,
      builds: [
        { id: build.id, builderId: 'urn:uuid:x', statementSha256: anAttestation(published).statementSha256 },
      ],
    });
    for (const kind of ['signature', 'spdx'] as const)
      await createAttestations(db.controller).keep({ ...anAttestation(published), kind }, signer);
    expect(await store.known(tenant, image.manifestDigest)).toMatchObject({
      sbomStatements: [{ kind: 'spdx', sha256: anAttestation(published).statementSha256 }],
      isSignatureRecorded: true,
    });
    expect(await store.keys()).toContainEqual(
      expect.objectContaining({ id: signer.keyId, publicKey: 'PEM' }),
    );
    expect(await store.owner(tenant, repository)).toEqual({
      tenantId: tenant.tenantId,
      projectId: published.project.id,
    });
    const [tag = ''] = build.destinations[0]!.split(':').slice(-1);
    expect(await store.taggedDigest(tenant, repository, tag)).toBe(image.manifestDigest);
    expect(await store.provenance(tenant, build.id)).toMatchObject({ state: 'pending', keyId: signer.keyId });
  });

  test('awaits its bill of materials until that is signed, or could not be made', async () => {
    const isAwaited = async ({ tenant, image }: Published): Promise<boolean> =>
      (await createVerificationStore(db.api).known(tenant, image.manifestDigest)).isSbomAwaited;
    const sboms = createSboms(db.controller);
    const [made, failed] = [await aPublishedBuild(db, 'sbom-made'), await aPublishedBuild(db, 'sbom-failed')];
    expect([await isAwaited(made), await isAwaited(failed)]).toEqual([true, true]);
    const content = { sha256: 'd'.repeat(64), sizeBytes: 2 };
    await sboms.save(made.tenant.tenantId, made.image.manifestDigest, {
      ...{ tool: 'syft 1', note: null, packages: [], cyclonedx: content, spdx: content },
    });
    await sboms.save(failed.tenant.tenantId, failed.image.manifestDigest, { failureReason: 'no syft' });
    expect([await isAwaited(made), await isAwaited(failed)]).toEqual([true, false]);
    await createAttestations(db.controller).keep(
      anAttestation(made, { kind: 'cyclonedx', statement: '{"sbom":4}' }),
      signer,
    );
    expect(await isAwaited(made)).toBe(false);
  });

  test('is nothing to another tenant', async () => {
    const { build, image, repository } = await aPublishedBuild(db, 'foreign');
    const other = await aTenant(db);
    const store = createVerificationStore(db.api);
    expect(await store.known(other, image.manifestDigest)).toMatchObject({ builds: [] });
    await expect(store.owner(other, repository)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.provenance(other, build.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is not asked of a repository that only begins as one of the tenant does', async () => {
    const { tenant, repository } = await aPublishedBuild(db, 'prefix');
    const beginning = repository.slice(0, -1);
    await expect(createVerificationStore(db.api).owner(tenant, beginning)).rejects.toMatchObject({
      code: 'not_found',
    });
    const [host = ''] = repository.split(':');
    await expect(createVerificationStore(db.api).owner(tenant, host)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
