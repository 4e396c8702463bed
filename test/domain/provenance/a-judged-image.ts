import { cryptography } from '../../../src/adapters/signing/cryptography.js';
import type { Check } from '../../../src/domain/provenance/checks.js';
import { judgeImage, type JudgedImage } from '../../../src/domain/provenance/judge-image.js';
import { provenanceOf } from '../../../src/domain/provenance/provenance.js';
import { PREDICATE_TYPES, statementOf } from '../../../src/domain/provenance/statement.js';
import { aKey, sha256, signedBy } from './signing.js';
import { BUILD_ID, BUILDER_ID, COMMIT, IMAGE_DIGEST, someFacts } from './some-facts.js';

export const key = aKey();
export const otherKey = aKey();

export const statement = provenanceOf(someFacts());
export const text = JSON.stringify(statement);
export const envelope = signedBy(key, statement);
export const sbom = statementOf(
  { repository: 'registry.example.com/team/app', digest: IMAGE_DIGEST },
  PREDICATE_TYPES.cyclonedx,
  { bomFormat: 'CycloneDX', components: [] },
);
export const spdx = statementOf(
  { repository: 'registry.example.com/team/app', digest: IMAGE_DIGEST },
  PREDICATE_TYPES.spdx,
  { spdxVersion: 'SPDX-2.3', packages: [] },
);

export const build = {
  id: BUILD_ID,
  name: 'app#3',
  commit: COMMIT,
  contextSha256: null,
  baseImage: { reference: 'docker.io/library/debian:12', digest: `sha256:${'b'.repeat(64)}` },
  builderId: BUILDER_ID,
  statementSha256: sha256(text),
  unsignedReason: null,
};

export const image: JudgedImage = {
  reference: 'registry.example.com/team/app:3',
  digest: IMAGE_DIGEST,
  servedTrouble: null,
  recordedDigest: IMAGE_DIGEST,
  builds: [build],
  sbomStatements: [
    { kind: 'cyclonedx', sha256: sha256(JSON.stringify(sbom)) },
    { kind: 'spdx', sha256: sha256(JSON.stringify(spdx)) },
  ],
  isSignatureRecorded: true,
  isSigning: false,
  isSbomAwaited: false,
  attestations: [envelope, signedBy(key, sbom), signedBy(key, spdx)],
  isImageSigned: true,
  isSignedByCurrentKey: true,
  keys: [{ id: key.id, publicKey: key.publicKey }],
  unread: 0,
};

export const judge = (over: Partial<JudgedImage>): Check[] => judgeImage({ ...image, ...over }, cryptography);

/** What fails, as `name: text`. */
export const failing = (checks: readonly Check[]): string[] =>
  checks.filter(({ state }) => state === 'fails').map((check) => `${check.name}: ${check.text}`);
