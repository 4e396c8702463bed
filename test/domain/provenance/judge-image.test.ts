import { anyFails } from '../../../src/domain/provenance/checks.js';
import type { JudgedImage } from '../../../src/domain/provenance/judge-image.js';
import { provenanceOf } from '../../../src/domain/provenance/provenance.js';
import type { Statement } from '../../../src/domain/provenance/statement.js';
import {
  build,
  envelope,
  failing,
  image,
  judge,
  key,
  otherKey,
  sbom,
  spdx,
  statement,
  text,
} from './a-judged-image.js';
import { sha256, signedBy } from './signing.js';
import { COMMIT, someFacts } from './some-facts.js';

const OTHER_DIGEST = `sha256:${'9'.repeat(64)}`;
const OTHER_BUILD = '0199a6f0-1111-7000-8000-000000000002';

test('everything holds of an image as Kiln has left it', () => {
  const checks = judge({});
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'digest holds',
    'record holds',
    'signature holds',
    'subject holds',
    'build holds',
    'builder holds',
    'source holds',
    'materials holds',
    'base image holds',
    'sbom holds',
    'sbom digest holds',
    'image signature holds',
  ]);
  expect(anyFails(checks)).toBe(false);
});

/** The statement with a change deep in it, as JSON. */
function changed(
  change: (copy: Statement<ReturnType<typeof provenanceOf>['predicate']>) => unknown,
): unknown {
  const copy = JSON.parse(text) as typeof statement;
  return { ...copy, ...(change(copy) as object) };
}
const parts = JSON.parse(envelope) as {
  payloadType: string;
  payload: string;
  signatures: { keyid: string; sig: string }[];
};
/** The envelope with a member changed and its signature left as it is. */
const withPart = (change: object): string => JSON.stringify({ ...parts, ...change });
const base64 = (value: string): string => Buffer.from(value).toString('base64');
const withBuilder = (id: string) =>
  changed(({ predicate }) => ({
    predicate: { ...predicate, runDetails: { ...predicate.runDetails, builder: { id, version: {} } } },
  }));
const withInvocation = (id: string) =>
  changed(({ predicate }) => ({
    predicate: {
      ...predicate,
      runDetails: {
        ...predicate.runDetails,
        metadata: { ...predicate.runDetails.metadata, invocationId: id },
      },
    },
  }));
const withMaterials = (materials: readonly object[]) =>
  changed(({ predicate }) => ({
    predicate: {
      ...predicate,
      buildDefinition: { ...predicate.buildDefinition, resolvedDependencies: materials },
    },
  }));
const materials = statement.predicate.buildDefinition.resolvedDependencies;
/** As if Kiln itself had signed it: only what it says can give it away. */
const recorded = (value: unknown): Partial<JudgedImage> => ({
  attestations: [signedBy(key, value)],
  builds: [{ ...build, statementSha256: sha256(JSON.stringify(value)) }],
  sbomStatements: [],
});
const alone = (attestation: string): Partial<JudgedImage> => ({
  attestations: [attestation],
  sbomStatements: [],
});

/** Each forgery, and the reason that has to be given. */
const FORGERIES: Readonly<Record<string, readonly [Partial<JudgedImage>, RegExp]>> = {
  'a field of the statement changed': [
    alone(withPart({ payload: base64(text.replace('"buildx"', '"kaniko"')) })),
    /signature: the signature does not fit/,
  ],
  'the commit of the source changed': [
    alone(withPart({ payload: base64(text.replaceAll(COMMIT, '0'.repeat(40))) })),
    /signature: the signature does not fit/,
  ],
  'signed by another key that says it is ours': [
    alone(signedBy(otherKey, statement, { keyId: key.id })),
    /signature: the signature does not fit/,
  ],
  'signed by a key that nobody knows, or that was never ours': [
    alone(signedBy(otherKey, statement)),
    /signature: the key [0-9a-f]{64} is none of this Kiln/,
  ],
  'signed without a name of a key': [
    alone(signedBy(otherKey, statement, { keyId: '' })),
    /signature: the key without a name is none of this Kiln/,
  ],
  'the payload type changed after signing': [
    alone(withPart({ payloadType: 'application/json' })),
    /signature: the payload type is application\/json/,
  ],
  'signed for another payload type': [
    alone(signedBy(key, statement, { payloadType: 'text/plain' })),
    /signature: the payload type is text\/plain/,
  ],
  'no signatures': [alone(withPart({ signatures: [] })), /signature: nobody has signed it/],
  'the signature of another statement': [
    alone(withPart({ signatures: (JSON.parse(signedBy(key, sbom)) as typeof parts).signatures })),
    /signature: the signature does not fit/,
  ],
  'a signature that is no base64': [
    alone(withPart({ signatures: [{ keyid: key.id, sig: '%%%' }] })),
    /signature: the signature does not fit/,
  ],
  'cut off': [alone(envelope.slice(0, -20)), /signature: the envelope cannot be read: .*cut off/],
  'two payloads of one name in the envelope': [
    alone(envelope.replace('{', `{"payload":"${base64('{}')}",`)),
    /signature: the envelope cannot be read: .*a name twice/,
  ],
  'something more in the envelope': [
    alone(withPart({ unsigned: true })),
    /signature: the envelope cannot be read: it has the unknown member unsigned/,
  ],
  'two subjects of one name in the statement': [
    alone(signedBy(key, text.replace('{', '{"subject":[],'))),
    /signature: the statement is not JSON as Kiln writes it/,
  ],
  'a payload spelled in another base64': [
    alone(withPart({ payload: ` ${parts.payload}` })),
    /signature: the payload of the envelope is no base64/,
  ],
  'a predicate type that nobody knows': [
    recorded(changed(() => ({ predicateType: 'https://example.com/other' }))),
    /signature: the predicate type https:\/\/example.com\/other is none that Kiln knows/,
  ],
  'a statement of another kind': [
    recorded(changed(() => ({ _type: 'https://in-toto.io/Statement/v0.1' }))),
    /signature: the statement is not of https:\/\/in-toto.io\/Statement\/v1/,
  ],
  'a statement without a subject': [
    recorded(changed(() => ({ subject: [] }))),
    /signature: the statement has no subject/,
  ],
  'the attestation of another image, swapped': [
    recorded(provenanceOf(someFacts({ imageDigest: OTHER_DIGEST }))),
    /subject: it speaks of another image: sha256:9{64}/,
  ],
  'another image under an attestation that is right': [
    { digest: OTHER_DIGEST, recordedDigest: OTHER_DIGEST },
    /subject: it speaks of another image/,
  ],
  'the tag moved to another image': [{ digest: OTHER_DIGEST }, /digest: .*somebody else has moved the tag/],
  'a statement of another build': [
    recorded(withInvocation(`urn:uuid:${OTHER_BUILD}`)),
    /build: the statement is of urn:uuid:.*2, which has not made this image/,
  ],
  'an older statement of the same build, or one that was never kept': [
    alone(signedBy(key, provenanceOf(someFacts({ finishedAt: '2026-05-04T10:00:45.000Z' })))),
    /build: it is not what Kiln has signed for app#3/,
  ],
  'another builder': [
    recorded(withBuilder('https://evil.example')),
    /builder: https:\/\/evil.example is not this Kiln/,
  ],
  'another commit than the record': [
    recorded(
      withMaterials([{ name: 'source', digest: { gitCommit: '0'.repeat(40) } }, ...materials.slice(1)]),
    ),
    /source: the record has the commit 4f2a/,
  ],
  'another base image than the record': [
    recorded(withMaterials([materials[0]!, { ...materials[1], digest: { sha256: '8'.repeat(64) } }])),
    /base image: the statement has docker:\/\/docker.io\/library\/debian:12/,
  ],
  'no base image where the record has one': [
    recorded(withMaterials([materials[0]!])),
    /base image: the record has docker.io\/library\/debian:12, the statement none/,
  ],
  'an image that no build has made': [{ builds: [] }, /record: no build of this Kiln has made this image/],
  'the attestation taken away': [{ attestations: [] }, /signature: no provenance lies beside the image/],
  'the bill of materials taken away': [
    { attestations: [envelope] },
    /sbom: Kiln has signed one in CycloneDX and SPDX, and none lies/,
  ],
  'one of the two bills of materials taken away': [
    { attestations: [envelope, signedBy(key, sbom)] },
    /sbom: Kiln has signed one in SPDX, and none lies/,
  ],
  'one of the two bills of materials signed by somebody else': [
    { attestations: [envelope, signedBy(key, sbom), signedBy(otherKey, spdx)] },
    /sbom: SPDX: the key [0-9a-f]{64} is none of this Kiln/,
  ],
  'one of the two bills of materials that Kiln has not made': [
    {
      attestations: [
        envelope,
        signedBy(key, { ...sbom, predicate: { bomFormat: 'CycloneDX' } }),
        signedBy(key, spdx),
      ],
    },
    /sbom digest: CycloneDX: it is not the one that Kiln has made/,
  ],
  'a forged bill of materials beside good ones': [
    { attestations: [...image.attestations, signedBy(otherKey, spdx)] },
    /sbom: SPDX: the key/,
  ],
  'the signature of the image itself taken away': [
    { isImageSigned: null },
    /image signature: Kiln has signed the image itself, and no signature lies beside it/,
  ],
  'the bill of materials of another image': [
    {
      attestations: [
        envelope,
        signedBy(key, { ...sbom, subject: [{ name: 'x', digest: { sha256: '9'.repeat(64) } }] }),
      ],
    },
    /sbom: CycloneDX: it speaks of another image/,
  ],
  'a bill of materials that somebody else has signed': [
    { attestations: [envelope, signedBy(otherKey, sbom)] },
    /sbom: CycloneDX: the key [0-9a-f]{64} is none of this Kiln/,
  ],
  'a bill of materials that Kiln has not made': [
    { attestations: [envelope, signedBy(key, { ...sbom, predicate: { bomFormat: 'CycloneDX' } })] },
    /sbom digest: CycloneDX: it is not the one that Kiln has made/,
  ],
  'no good signature of the image itself': [{ isImageSigned: false }, /image signature: no signature/],
};

test('at least twenty forgeries are tried', () => {
  expect(Object.keys(FORGERIES).length).toBeGreaterThanOrEqual(20);
});

test.each(Object.entries(FORGERIES))('refuses %s, and says why', (_name, [over, reason]) => {
  expect(failing(judge(over)).join('\n')).toMatch(reason);
});

test('believes nothing of a statement that nobody known has signed', () => {
  const states = new Map(judge(alone(signedBy(otherKey, statement))).map(({ name, state }) => [name, state]));
  for (const name of ['subject', 'build', 'builder', 'source', 'materials', 'base image'] as const)
    expect(states.get(name)).toBe('absent');
});

test('a good attestation counts whatever else lies beside the image', () => {
  const others = [signedBy(otherKey, statement), 'nonsense', envelope.slice(0, 40)];
  expect(failing(judge({ attestations: [...others, ...image.attestations] }))).toEqual([]);
});

test('what an old key has signed holds as long as the key is known', () => {
  const keys = [otherKey, key].map(({ id, publicKey }) => ({ id, publicKey }));
  expect(failing(judge({ keys }))).toEqual([]);
});

test('of an image that Kiln has not signed there need be neither bill of materials nor signature', () => {
  const states = new Map(
    judge({ ...alone(envelope), isSignatureRecorded: false, isImageSigned: null }).map((check) => [
      check.name,
      check.state,
    ]),
  );
  expect([states.get('sbom'), states.get('image signature')]).toEqual(['absent', 'absent']);
});

test('an image that the registry does not serve has nothing else to be asked', () => {
  expect(judge({ digest: null })).toEqual([
    {
      name: 'digest',
      state: 'fails',
      text: 'the registry serves nothing as registry.example.com/team/app:3',
    },
  ]);
});

test('a base image whose digest nobody knows is told, and does not fail', () => {
  const usedImages = [{ reference: 'docker.io/library/debian:12', digest: null, isBase: true }];
  const checks = judge(recorded(provenanceOf(someFacts({ usedImages }))));
  expect(failing(checks)).toEqual([]);
  expect(checks.find(({ name }) => name === 'base image')?.state).toBe('absent');
});
