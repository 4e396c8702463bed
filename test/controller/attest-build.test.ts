import { generateKeyPairSync, sign } from 'node:crypto';
import { cryptography } from '../../src/adapters/signing/cryptography.js';
import { type AttestBuildDeps, createAttestBuild, type KeptSbom } from '../../src/controller/attest-build.js';
import { KilnError } from '../../src/domain/errors.js';
import { readAttestation } from '../../src/domain/provenance/read-statement.js';
import type {
  Attestation,
  AttestationRegistry,
  RecordedFacts,
  SignedStatement,
  Signer,
} from '../../src/ports/attestations.js';
import { IMAGE_DIGEST, someFacts } from '../domain/provenance/some-facts.js';

const REPOSITORIES = ['registry.example.com/team/app', 'other.example.com/app'];

/** Signs anew each time, as ECDSA does: the same statement never has the same signature twice. */
function aSigner(keyId = 'k'.repeat(64)): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (message) => sign('sha256', message, privateKey),
  };
}

interface House {
  readonly attest: () => Promise<void>;
  /** What lies beside the image, by repository. */
  readonly beside: Map<string, SignedStatement[]>;
  /** What is signed of the image itself, by repository. */
  readonly signatures: Map<string, string>;
  readonly kept: Attestation[];
  readonly ends: string[];
  readonly signer: Signer;
  /** Raised the next time that something is put there; before it lies there, or only after. */
  fault: { readonly at: 'before' | 'after'; readonly repository: string } | null;
}

function aHouse(over: Partial<AttestBuildDeps> = {}): House {
  const { builderId: _id, kilnVersion: _version, hidden: _hidden, ...facts } = someFacts();
  const recorded: RecordedFacts = { tenantId: 't', projectId: 'p', repositories: REPOSITORIES, facts };
  const signer = aSigner();
  const house: House = {
    ...{ beside: new Map(), signatures: new Map(), kept: [], ends: [], signer, fault: null },
    attest: () => attest('b', new AbortController().signal),
  };
  const stumble = (at: 'before' | 'after', repository: string): void => {
    if (house.fault?.at !== at || house.fault.repository !== repository) return;
    house.fault = null;
    throw new KilnError('registry_unreachable');
  };
  const registry: AttestationRegistry = {
    attach: async ({ repository }, statements, signature) => {
      house.signatures.set(repository, new TextDecoder().decode(signature?.payload));
      stumble('before', repository);
      const there = house.beside.get(repository) ?? [];
      const added = statements.filter(({ envelope }) => !there.some((one) => one.envelope === envelope));
      house.beside.set(repository, [...there, ...added]);
      stumble('after', repository);
      return 'attached';
    },
    read: async () => ({ envelopes: [], signatures: [], unread: 0 }),
  };
  const attest = createAttestBuild({
    attestations: {
      facts: async () => recorded,
      signed: async () => [...house.kept],
      superseded: async () => [],
      keep: async (given) => {
        const known = house.kept.find(
          (one) =>
            one.kind === given.kind &&
            one.statementSha256 === given.statementSha256 &&
            one.keyId === given.keyId,
        );
        if (known === undefined) house.kept.push(given);
        return known ?? given;
      },
      locked: (_image, work, signal) => work(signal),
      end: async (_build, { state }) => void house.ends.push(state),
      announce: async () => undefined,
      askAgain: async () => 0,
      askForImage: async () => undefined,
      installationId: async () => 'i',
    },
    registryFor: () => registry,
    recogniseBase: async () => undefined,
    sbomsOf: async () => [],
    hiddenFor: async () => [],
    signer: async () => signer,
    sha256: cryptography.sha256,
    builderId: null,
    kilnVersion: '1',
    ...over,
  });
  return house;
}

test('provenance lies beside the image in every repository, signed by the key', async () => {
  const house = aHouse();
  await house.attest();
  expect([...house.beside.keys()]).toEqual(REPOSITORIES);
  expect(house.ends).toEqual(['attached']);
  const keys = [{ id: house.signer.keyId, publicKey: house.signer.publicKey }];
  for (const [found] of house.beside.values()) {
    const { trouble, statement } = readAttestation(found!.envelope, keys, cryptography);
    expect(trouble).toBeNull();
    expect(statement?.subject[0]?.digest.sha256).toBe(IMAGE_DIGEST.slice(7));
  }
});

test('what an earlier key has signed of an image is signed by the key of today too', async () => {
  const sbom = { kind: 'cyclonedx' as const, text: '{}', manifestDigest: IMAGE_DIGEST };
  let signer = aSigner('1'.repeat(64));
  const house = aHouse({ signer: async () => signer, sbomsOf: async () => [sbom] });
  await house.attest();
  signer = aSigner('2'.repeat(64));
  await house.attest();
  const keysOf = (kind: Attestation['kind']) =>
    house.kept.filter((one) => one.kind === kind).map(({ keyId }) => keyId[0]);
  expect(keysOf('cyclonedx')).toEqual(['1', '2']);
  expect(keysOf('signature')).toEqual(['1', '1', '2', '2']);
  // A build has one provenance: its next build has one by the new key.
  expect(keysOf('provenance')).toEqual(['1']);
  await house.attest();
  expect(house.kept).toHaveLength(7);
});

test.each([
  ['before it is sent', { at: 'before', repository: REPOSITORIES[0]! }],
  ['after it is sent', { at: 'after', repository: REPOSITORIES[0]! }],
  ['between two repositories', { at: 'before', repository: REPOSITORIES[1]! }],
  ['after the last one', { at: 'after', repository: REPOSITORIES[1]! }],
] as const)('whoever goes on %s leaves one attestation for each build', async (_when, fault) => {
  const house = aHouse();
  house.fault = fault;
  await expect(house.attest()).rejects.toMatchObject({ code: 'registry_unreachable' });
  expect(house.ends).toEqual([]);
  await house.attest();
  await house.attest();
  for (const repository of REPOSITORIES) expect(house.beside.get(repository)).toHaveLength(1);
  expect(house.ends).toEqual(['attached', 'attached']);
});

test('two that sign at once send the same', async () => {
  const house = aHouse();
  await Promise.all([house.attest(), house.attest()]);
  for (const repository of REPOSITORIES) expect(house.beside.get(repository)).toHaveLength(1);
});

test('a bill of materials that comes later is signed once, and a newer one beside it', async () => {
  let sboms: KeptSbom[] = [];
  const house = aHouse({ sbomsOf: async () => sboms });
  await house.attest();
  sboms = [{ kind: 'cyclonedx', text: '{ "bomFormat": "CycloneDX" }', manifestDigest: IMAGE_DIGEST }];
  await house.attest();
  await house.attest();
  expect(house.beside.get(REPOSITORIES[0]!)).toHaveLength(2);
  sboms = [
    { kind: 'cyclonedx', text: '{"bomFormat":"CycloneDX","version":2}', manifestDigest: IMAGE_DIGEST },
  ];
  await house.attest();
  expect(house.beside.get(REPOSITORIES[0]!)).toHaveLength(3);
});

test('the signature beside an image names the repository that it lies in', async () => {
  const house = aHouse();
  await house.attest();
  expect([...house.signatures]).toEqual(
    REPOSITORIES.map((repository) => [
      repository,
      expect.stringContaining(`"identity":{"docker-reference":"${repository}"}`),
    ]),
  );
});

test('a bill of materials of a platform is signed for the index and for the image of that platform', async () => {
  const manifestDigest = `sha256:${'7'.repeat(64)}`;
  const house = aHouse({ sbomsOf: async () => [{ kind: 'spdx', text: '{}', manifestDigest }] });
  await house.attest();
  const keys = [{ id: house.signer.keyId, publicKey: house.signer.publicKey }];
  const [, sbom] = house.beside.get(REPOSITORIES[0]!)!;
  const { statement } = readAttestation(sbom!.envelope, keys, cryptography);
  expect(statement?.subject.map(({ digest }) => `sha256:${digest.sha256}`)).toEqual([
    IMAGE_DIGEST,
    manifestDigest,
  ]);
});

test('without a key nothing is signed, and that is said', async () => {
  const house = aHouse({ signer: async () => null });
  await house.attest();
  expect([house.ends, house.kept, house.beside.size]).toEqual([['unsigned'], [], 0]);
});
