import { secretArguments } from '../domain/secrets/secret-arguments.js';
import { KilnError } from '../domain/errors.js';
import { type Attestation, type AttestationKind, envelopeOf } from '../domain/provenance/attestation.js';
import { printJson, signedBytes, PAYLOAD_TYPE, writeBase64 } from '../domain/provenance/envelope.js';
import { imageSignaturePayload } from '../domain/provenance/image-signature.js';
import { provenanceOf } from '../domain/provenance/provenance.js';
import type { Cryptography } from '../domain/provenance/read-statement.js';
import { PREDICATE_TYPES, statementOf } from '../domain/provenance/statement.js';
import type {
  AttachedTo,
  AttestationRegistry,
  Attestations,
  ImageSignature,
  RecordedFacts,
  SignedStatement,
  Signer,
} from '../ports/attestations.js';
import type { Owner } from '../ports/dispatch.js';
import type { ExploredImage } from '../ports/explorations.js';

/** A bill of materials as it is kept: its bytes are JSON. */
export interface KeptSbom {
  readonly kind: 'cyclonedx' | 'spdx';
  readonly text: string;
  /** What it is of: the image itself, or of an index the image of one platform. */
  readonly manifestDigest: string;
}

export interface AttestBuildDeps {
  readonly attestations: Attestations;
  readonly registryFor: (owner: Owner) => AttestationRegistry;
  /** Pins the digest of the base image, so that the statement can name it. */
  readonly recogniseBase: (image: ExploredImage, signal: AbortSignal) => Promise<void>;
  /** Those of the image that are there by now. */
  readonly sbomsOf: (image: ExploredImage) => Promise<readonly KeptSbom[]>;
  /** Values of secrets that builds of the project can use. */
  readonly hiddenFor: (owner: Owner) => Promise<readonly string[]>;
  /** Null where this installation has no signing key. */
  readonly signer: () => Promise<Signer | null>;
  readonly sha256: Cryptography['sha256'];
  /** Who built it; null where the operator has not said so. */
  readonly builderId: string | null;
  readonly kilnVersion: string;
}

const NO_KEY = 'the controller has no signing key: set KILN_SIGNING_KEY to a file with one, and build again';

const utf8 = new TextEncoder();

/**
 * Signs where the image of a build comes from, its bills of materials and the image itself, and puts all of that beside it in every
 * repository. What is signed is kept before it is sent: whoever repeats this after a kill sends the same bytes, which are there already.
 */
export function createAttestBuild(
  deps: AttestBuildDeps,
): (buildId: string, signal: AbortSignal) => Promise<void> {
  const { attestations } = deps;
  return async (buildId, signal) => {
    const recorded = await attestations.facts(buildId);
    if (recorded === null) return;
    const signer = await deps.signer();
    if (signer === null) return attestations.end(buildId, { state: 'unsigned', reason: NO_KEY });
    const made = await signAll(deps, recorded, signer, signal);
    const { imageDigest: digest } = recorded.facts;
    const { tenantId, projectId } = recorded;
    const superseded = await attestations.superseded({ tenantId, projectId, digest });
    for (const repository of recorded.repositories) {
      const image = { repository, digest };
      // A repository that has lost the image needs nothing beside it.
      await attestations.locked(
        image,
        (held) =>
          deps
            .registryFor(recorded)
            .attach(image, statements(made), signature(made, image), superseded, held),
        signal,
      );
    }
    await attestations.end(buildId, { state: 'attached' });
  };
}

/** What belongs beside the image, signed now or before; by the key of today also what another one has signed for an earlier build of it. */
async function signAll(
  deps: AttestBuildDeps,
  recorded: RecordedFacts,
  signer: Signer,
  signal: AbortSignal,
): Promise<Attestation[]> {
  const { imageDigest: digest, repository, buildId } = recorded.facts;
  const builderId = deps.builderId ?? `urn:uuid:${await deps.attestations.installationId()}`;
  const before = await deps.attestations.signed(buildId);
  const image = { tenantId: recorded.tenantId, projectId: recorded.projectId, digest };
  const keep = (kind: AttestationKind, statement: string, message: Uint8Array): Promise<Attestation> => {
    const statementSha256 = deps.sha256(utf8.encode(statement));
    const known = before.find(
      (one) => one.kind === kind && one.statementSha256 === statementSha256 && one.keyId === signer.keyId,
    );
    if (known !== undefined) return Promise.resolve({ ...known, statement });
    const signed = {
      kind,
      statement,
      statementSha256,
      signature: writeBase64(signer.sign(message)),
      keyId: signer.keyId,
    };
    return deps.attestations.keep({ ...signed, buildId, subjectDigest: digest, builderId }, signer);
  };
  const keepStatement = (kind: AttestationKind, statement: string): Promise<Attestation> =>
    keep(kind, statement, signedBytes(PAYLOAD_TYPE, utf8.encode(statement)));
  const payloads = recorded.repositories.map((one) => imageSignaturePayload(one, digest));
  return [
    before.find(({ kind }) => kind === 'provenance') ??
      (await keepStatement('provenance', await newProvenance(deps, recorded, builderId, signal))),
    ...(await Promise.all(
      (await deps.sbomsOf(image)).map(({ kind, text, manifestDigest }) =>
        keepStatement(
          kind,
          printJson(
            statementOf({ repository, digest, manifestDigest }, PREDICATE_TYPES[kind], JSON.parse(text)),
          ),
        ),
      ),
    )),
    ...(await Promise.all(payloads.map((payload) => keep('signature', payload, utf8.encode(payload))))),
  ];
}

async function newProvenance(
  deps: AttestBuildDeps,
  recorded: RecordedFacts,
  builderId: string,
  signal: AbortSignal,
): Promise<string> {
  const { tenantId, projectId, facts } = recorded;
  await deps.recogniseBase({ tenantId, projectId, digest: facts.imageDigest }, signal);
  // With the base that was found just now.
  const now = await deps.attestations.facts(facts.buildId);
  if (now === null) throw new KilnError('not_found');
  const { kilnVersion } = deps;
  const given = secretArguments(now.facts.options).map(({ value }) => value);
  const hidden = [...(await deps.hiddenFor(recorded)), ...given];
  return printJson(provenanceOf({ ...now.facts, builderId, kilnVersion, hidden }));
}

function statements(made: readonly Attestation[]): SignedStatement[] {
  return made.flatMap((one) =>
    one.kind === 'signature' ? [] : [{ predicateType: PREDICATE_TYPES[one.kind], envelope: envelopeOf(one) }],
  );
}

/** That of the image in this repository. */
function signature(made: readonly Attestation[], { repository, digest }: AttachedTo): ImageSignature | null {
  const payload = imageSignaturePayload(repository, digest);
  const signed = made.find(({ kind, statement }) => kind === 'signature' && statement === payload);
  return signed === undefined ? null : { payload: utf8.encode(payload), signature: signed.signature };
}
