import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { envelopeOf } from '../../../src/domain/provenance/attestation.js';
import { createAttestations } from '../../../src/storage/provenance/attestations.js';
import { createVerificationStore } from '../../../src/storage/provenance/verification-store.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { anAttestation, aPublishedBuild, signer } from './a-published-build.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('of an image that is built again and again the newest twenty provenances stay beside it, and the bills of materials', async () => {
  const published = await aPublishedBuild(db, 'again-and-again');
  const { build, image, tenant } = published;
  const store = createAttestations(db.controller);
  const sbom = anAttestation(published, { kind: 'cyclonedx', statement: '{"bill":1}' });
  await store.keep(sbom, signer);
  await store.keep(anAttestation(published), signer);
  await store.keep(anAttestation(published, { kind: 'signature' }), signer);
  // Those of 24 later builds of the same image.
  await sql`WITH more AS (
      INSERT INTO builds SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'build_number', 1000 + n))).*
      FROM builds b, generate_series(1, 24) n WHERE b.id = ${build.id} RETURNING id, build_number)
    INSERT INTO attestations SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'build_id', more.id,
        'envelope_size_bytes', more.build_number, 'signed_at', a.signed_at + more.build_number * interval '1 s'))).*
    FROM attestations a, more WHERE a.build_id = ${build.id} AND a.kind = 'provenance'`.execute(
    db.controller,
  );
  const asked = { tenantId: tenant.tenantId, projectId: build.project_id, digest: image.manifestDigest };
  const superseded = await store.superseded(asked);
  const oldest = Buffer.byteLength(envelopeOf(anAttestation(published)));
  expect(superseded.map(({ sizeBytes }) => sizeBytes)).toEqual([1004, 1003, 1002, 1001, oldest]);
  const named = await createVerificationStore(db.api).envelopes(tenant, image.manifestDigest);
  expect(named).toHaveLength(26);
  const envelope = envelopeOf(sbom);
  expect(named.slice(0, 2)).toMatchObject([
    {
      kind: 'cyclonedx',
      sha256: createHash('sha256').update(envelope).digest('hex'),
      sizeBytes: Buffer.byteLength(envelope),
    },
    { kind: 'provenance', sizeBytes: 1024 },
  ]);
});
