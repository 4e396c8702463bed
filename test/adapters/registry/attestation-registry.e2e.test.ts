import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAttestationRegistry } from '../../../src/adapters/registry/attestation-registry.js';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { cryptography } from '../../../src/adapters/signing/cryptography.js';
import { ensureSigningKey, readSigningKey } from '../../../src/adapters/signing/signing-key-file.js';
import { attachmentTag } from '../../../src/domain/images/attachment-tags.js';
import { envelopeOf } from '../../../src/domain/provenance/attestation.js';
import { PAYLOAD_TYPE, signedBytes } from '../../../src/domain/provenance/envelope.js';
import { imageSignaturePayload } from '../../../src/domain/provenance/image-signature.js';
import { isSignedImage } from '../../../src/domain/provenance/judge-signatures.js';
import { provenanceOf } from '../../../src/domain/provenance/provenance.js';
import { readAttestation } from '../../../src/domain/provenance/read-statement.js';
import { PREDICATE_TYPES, statementOf } from '../../../src/domain/provenance/statement.js';
import type {
  EnvelopeName,
  ImageSignature,
  SignedStatement,
  Signer,
} from '../../../src/ports/attestations.js';
import { failing, judge } from '../../domain/provenance/a-judged-image.js';
import { someFacts } from '../../domain/provenance/some-facts.js';
import { sha256 } from '../../domain/provenance/signing.js';
import { cosign } from '../../support/cosign.js';
import { type RealRegistry, startCraneRegistry, startRegistry } from '../../support/real-registry.js';
import { pushBlob, pushImage } from './an-image.js';

let signer: Signer;
beforeAll(async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'kiln-key-')), 'signing-key.pem');
  await ensureSigningKey(file);
  signer = await readSigningKey(file);
});

function signed(predicateType: string, statement: object): SignedStatement {
  const text = JSON.stringify(statement);
  const signature = Buffer.from(signer.sign(signedBytes(PAYLOAD_TYPE, Buffer.from(text)))).toString('base64');
  const { keyId } = signer;
  const whole = {
    kind: 'provenance',
    keyId,
    statement: text,
    statementSha256: sha256(text),
    signature,
  } as const;
  return { predicateType, envelope: envelopeOf(whole) };
}

function provenance(repository: string, imageDigest: string, buildNumber = 3): SignedStatement {
  return signed(
    PREDICATE_TYPES.provenance,
    provenanceOf(someFacts({ repository, imageDigest, buildNumber })),
  );
}

function imageSignature(repository: string, digest: string): ImageSignature {
  const payload = Buffer.from(imageSignaturePayload(repository, digest));
  return { payload, signature: Buffer.from(signer.sign(payload)).toString('base64') };
}

/** As Kiln's record calls it. */
function nameOf({ envelope }: SignedStatement): EnvelopeName {
  return { kind: 'provenance', sha256: sha256(envelope), sizeBytes: Buffer.byteLength(envelope) };
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** Whoever may push puts so many envelopes of nobody beside an image. */
async function flood(host: string, repository: string, digest: string, count: number): Promise<void> {
  const base = `http://${host}/v2/${repository}/manifests`;
  const get = async (reference: string, accept: string): Promise<Buffer | null> => {
    const answer = await fetch(`${base}/${reference}`, { headers: { accept } });
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
  };
  const put = (reference: string, type: string, body: string): Promise<Response> =>
    fetch(`${base}/${reference}`, { method: 'PUT', headers: { 'content-type': type }, body });
  const subject = { mediaType: MANIFEST, digest, size: (await get(digest, MANIFEST))!.length };
  const blob = async (text: string) => {
    await pushBlob(host, repository, Buffer.from(text));
    return { digest: `sha256:${sha256(text)}`, size: Buffer.byteLength(text) };
  };
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await blob('{}')) };
  const added: object[] = [];
  let keepsList = false;
  for (let at = 0; at < count; at++) {
    const layer = { mediaType: 'application/vnd.dsse.envelope.v1+json', ...(await blob(`{"at":${at}}`)) };
    const artifactType = 'application/vnd.in-toto+json';
    const named = { schemaVersion: 2, mediaType: MANIFEST, artifactType, config, layers: [layer], subject };
    const text = JSON.stringify(named);
    const own = `sha256:${sha256(text)}`;
    keepsList = (await put(own, MANIFEST, text)).headers.has('oci-subject');
    added.push({ mediaType: MANIFEST, digest: own, size: text.length, artifactType });
  }
  if (keepsList) return;
  const tag = attachmentTag(digest, '');
  const index = JSON.parse((await get(tag, INDEX))!.toString()) as { manifests: object[] };
  await put(tag, INDEX, JSON.stringify({ ...index, manifests: [...index.manifests, ...added] }));
}

/** A registry that keeps no list of referrers, and one that does. */
describe.each([
  ['distribution', () => startRegistry({ canDelete: true })],
  ['go-containerregistry', () => startCraneRegistry()],
] as const)('attestations in the registry of %s', (_kind, start) => {
  const attestations = createAttestationRegistry();
  const images = createImageRegistry();
  let registry: RealRegistry;
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry.stop());

  async function anAttachedImage(name: string) {
    const repository = `${registry.host}/team/${name}`;
    const { digest } = await pushImage(registry.host, `team/${name}`, '3');
    const image = { repository, digest };
    const made = { statement: provenance(repository, digest), signature: imageSignature(repository, digest) };
    expect(await attestations.attach(image, [made.statement], made.signature)).toBe('attached');
    return { ...image, image, ...made };
  }

  test('are read back as they were put there, and hold', async () => {
    const { image, digest, statement } = await anAttachedImage('read');
    const { envelopes, signatures } = await attestations.read(image);
    expect(envelopes).toEqual([statement.envelope]);
    const keys = [{ id: signer.keyId, publicKey: signer.publicKey }];
    expect(readAttestation(envelopes[0]!, keys, cryptography).trouble).toBeNull();
    expect(isSignedImage(digest, signatures, keys, cryptography)).toBe(true);
  });

  test('the real cosign verifies provenance and image, by tag and digest', async () => {
    const { repository, digest } = await anAttachedImage('cosign');
    for (const reference of [`${repository}:3`, `${repository}@${digest}`]) {
      const told = await cosign(signer.publicKey, [
        ...['verify-attestation', '--type', 'slsaprovenance1', reference],
      ]);
      expect(told).toMatchObject({ code: 0 });
      expect(await cosign(signer.publicKey, ['verify', reference])).toMatchObject({ code: 0 });
    }
  });

  test('the real cosign refuses what another key has signed', async () => {
    const { repository } = await anAttachedImage('other-key');
    const file = join(await mkdtemp(join(tmpdir(), 'kiln-key-')), 'k.pem');
    await ensureSigningKey(file);
    const { publicKey } = await readSigningKey(file);
    const attestation = ['verify-attestation', '--type', 'slsaprovenance1', `${repository}:3`];
    expect((await cosign(publicKey, attestation)).code).not.toBe(0);
    expect((await cosign(publicKey, ['verify', `${repository}:3`])).code).not.toBe(0);
  });

  test('of another image are refused, by the real cosign too, however they come to lie beside this one', async () => {
    const one = await anAttachedImage('swapped');
    const { digest } = await pushImage(registry.host, 'team/swapped', '4');
    const image = { repository: one.repository, digest };
    expect(await attestations.attach(image, [one.statement], one.signature)).toBe('attached');
    const { envelopes, signatures } = await attestations.read(image);
    const keys = [{ id: signer.keyId, publicKey: signer.publicKey }];
    const isImageSigned = isSignedImage(digest, signatures, keys, cryptography);
    const checks = judge({ digest, recordedDigest: digest, attestations: envelopes, isImageSigned, keys });
    expect(failing(checks)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^subject: it speaks of another image/),
        expect.stringMatching(/^image signature: /),
      ]),
    );
    const attestation = ['verify-attestation', '--type', 'slsaprovenance1', `${one.repository}:4`];
    expect((await cosign(signer.publicKey, attestation)).code).not.toBe(0);
    expect((await cosign(signer.publicKey, ['verify', `${one.repository}:4`])).code).not.toBe(0);
  });

  test('are there once, however often they are put there', async () => {
    const { image, repository, statement, signature } = await anAttachedImage('again');
    const before = await attestations.read(image);
    const tags = await images.tags(repository);
    await attestations.attach(image, [statement], signature);
    expect(await attestations.read(image)).toEqual(before);
    expect(await images.tags(repository)).toEqual(tags);
  });

  test('are still read where the tag of cosign is gone, which is told', async () => {
    const { image, repository, digest, statement } = await anAttachedImage('without-att');
    expect(await attestations.read(image)).toMatchObject({ isForCosign: true });
    await images.untag(repository, attachmentTag(digest, '.att'));
    expect(await attestations.read(image)).toMatchObject({
      envelopes: [statement.envelope],
      isForCosign: false,
    });
  });

  test('of several builds lie side by side, with a bill of materials', async () => {
    const { image, repository, digest } = await anAttachedImage('several');
    const sbom = signed(
      PREDICATE_TYPES.cyclonedx,
      statementOf({ repository, digest }, PREDICATE_TYPES.cyclonedx, { bomFormat: 'CycloneDX' }),
    );
    await attestations.attach(image, [provenance(repository, digest, 4), sbom], null);
    expect((await attestations.read(image)).envelopes).toHaveLength(3);
    const types = ['slsaprovenance1', 'cyclonedx'];
    for (const type of types)
      expect(
        await cosign(signer.publicKey, ['verify-attestation', '--type', type, `${repository}:3`]),
      ).toMatchObject({ code: 0 });
  });

  test('are found by the record among hundreds that others have put there, and whatever is missing then is told with them', async () => {
    const { image, repository, digest, statement } = await anAttachedImage('flooded');
    const expected = [nameOf(statement)];
    await flood(registry.host, 'team/flooded', digest, 220);
    const { envelopes, unread } = await attestations.read(image, expected);
    expect(envelopes[0]).toBe(statement.envelope);
    expect(envelopes).toHaveLength(201);
    expect(unread).toBeGreaterThan(0);
    await images.untag(repository, attachmentTag(digest, '.att'));
    expect((await attestations.read(image, expected)).envelopes[0]).toBe(statement.envelope);
  }, 60_000);

  test('that newer ones have superseded go, under the tag of cosign too, and those of others stay', async () => {
    const { image, repository, digest, statement, signature } = await anAttachedImage('superseded');
    await flood(registry.host, 'team/superseded', digest, 1);
    const [second, third] = [provenance(repository, digest, 4), provenance(repository, digest, 5)];
    await attestations.attach(image, [second], signature);
    const superseded = [statement, second, third].map(nameOf);
    // What is given now stays, whatever the record says.
    for (const again of [1, 2]) {
      await attestations.attach(image, [third], signature, superseded);
      const { envelopes } = await attestations.read(image);
      expect([again, envelopes.filter((one) => one.includes('payload":"ey'))]).toEqual([
        again,
        [third.envelope],
      ]);
      expect(envelopes).toHaveLength(2);
    }
    expect(
      await cosign(signer.publicKey, ['verify-attestation', '--type', 'slsaprovenance1', `${repository}:3`]),
    ).toMatchObject({ code: 0 });
  });

  test('are no tags that people have set, and the image is no less the one of its tag', async () => {
    const { repository, digest } = await anAttachedImage('tags');
    expect(await images.tagged(repository)).toEqual([{ tag: '3', digest, children: [] }]);
  });

  test('are refused for an image that is not there', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const repository = `${registry.host}/team/read`;
    expect(await attestations.attach({ repository, digest }, [provenance(repository, digest)], null)).toBe(
      'missing',
    );
    expect(await attestations.read({ repository, digest })).toEqual({
      envelopes: [],
      signatures: [],
      unread: 0,
    });
  });

  test('go with their image, and nothing else does', async () => {
    const { image, repository, digest } = await anAttachedImage('removed');
    const other = await anAttachedImage('removed');
    // Somebody who may push lists and tags another image as if it lay beside this one.
    await images.tag(repository, other.digest, attachmentTag(digest, '.sbom'));
    await images.remove(repository, digest);
    expect(await images.head(repository, digest)).toBeNull();
    expect(await attestations.read(image)).toEqual({ envelopes: [], signatures: [], unread: 0 });
    expect(await images.head(repository, other.digest)).not.toBeNull();
    expect((await attestations.read(other.image)).envelopes).toEqual([other.statement.envelope]);
    const left = (await images.tags(repository)).filter((tag) => tag.startsWith(attachmentTag(digest, '')));
    expect(left).toEqual([attachmentTag(digest, '.sbom')]);
  });
});
