import type { Attestation, AttestationKind } from '../domain/provenance/attestation.js';
import type { BuildFacts } from '../domain/provenance/build-facts.js';
import type { ExploredImage } from './explorations.js';
import type { Owner } from './dispatch.js';
import type { Repository } from './image-registry.js';

/** Something signed that belongs beside an image: the text of an envelope. */
export interface SignedStatement {
  readonly predicateType: string;
  readonly envelope: string;
}

/** A signature of what an image is, in the words of `cosign sign`. */
export interface ImageSignature {
  readonly payload: Uint8Array;
  /** base64 */
  readonly signature: string;
}

/** An envelope of Kiln's record as it lies in registries: SHA-256 in hexadecimal, and size. */
export interface EnvelopeName {
  readonly kind: Exclude<AttestationKind, 'signature'>;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What lies beside an image. */
export interface Attached {
  /** Texts of envelopes, whoever has put them there. */
  readonly envelopes: readonly string[];
  readonly signatures: readonly ImageSignature[];
  /** How many more there are that nobody reads: each too large, or too many of them. */
  readonly unread: number;
  /** Whether cosign, which looks under a tag, finds any of them; absent where nothing lies there. */
  readonly isForCosign?: boolean;
}

/** What is kept beside images in registries. Errors as those of ImageRegistry. */
export interface AttestationRegistry {
  /**
   * Puts statements and a signature beside an image; what is there already is left, so repeating changes nothing. Only one may do so at a
   * time for one image: registries know no compare-and-set. Of what is superseded, some is taken away each time, as far as the registry lets
   * it be; nothing that is given here. `missing` where the repository does not hold the image (any more).
   */
  attach(
    image: AttachedTo,
    statements: readonly SignedStatement[],
    signature: ImageSignature | null,
    superseded?: readonly EnvelopeName[],
    signal?: AbortSignal,
  ): Promise<'attached' | 'missing'>;
  /**
   * What lies beside an image; empty where there is nothing. Of what is expected, in its order, is read what is there, however much else there is; of the
   * rest a bounded part.
   */
  read(image: AttachedTo, expected?: readonly EnvelopeName[], signal?: AbortSignal): Promise<Attached>;
}

export interface AttachedTo {
  readonly repository: Repository;
  readonly digest: string;
}

/** Signs with the key of this installation. */
export interface Signer {
  /** SHA-256 of the public key's DER, in hexadecimal. */
  readonly keyId: string;
  /** In PEM. */
  readonly publicKey: string;
  /** ECDSA over P-256 with SHA-256, in DER. */
  sign(message: Uint8Array): Uint8Array;
}

/** What is told of a build that was published, but for what the controller adds. */
export type RecordedFacts = Owner & {
  readonly repositories: readonly Repository[];
  readonly facts: Omit<BuildFacts, 'builderId' | 'kilnVersion' | 'hidden'>;
};

/** What was signed of a build or an image, and what is to be. */
export type NewAttestation = Attestation & {
  readonly buildId: string;
  readonly subjectDigest: string;
  readonly builderId: string;
};

/** Rows of attestations, as the controller writes them. */
export interface Attestations {
  /** Null of a build that has published nothing. */
  facts(buildId: string): Promise<RecordedFacts | null>;
  /** What was signed already: the build's provenance, and what belongs to its image. */
  signed(buildId: string): Promise<Attestation[]>;
  /** Envelopes of older provenances of an image, beside which newer ones lie that say the same of it. */
  superseded(image: ExploredImage): Promise<EnvelopeName[]>;
  /** Makes the key known by which is signed from now on. */
  announce(signer: Pick<Signer, 'keyId' | 'publicKey'>): Promise<void>;
  /** Keeps what was signed; gives the one that is kept, which is an earlier one by the same key (of a provenance by any) where there is one. */
  keep(attestation: NewAttestation, signer: Pick<Signer, 'keyId' | 'publicKey'>): Promise<Attestation>;
  /**
   * Runs `attach` while nobody else changes what lies beside the image in that repository, and no prune removes from it. `unavailable`
   * when that takes too long.
   */
  locked<T>(image: AttachedTo, attach: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Writes how it ended. */
  end(
    buildId: string,
    end: { state: 'attached' } | { state: 'unsigned' | 'failed'; reason: string },
  ): Promise<void>;
  /** Asks once more for what was asked for so long ago and has not ended, or has failed and may pass now. Gives how many. */
  askAgain(olderThanMs: number): Promise<number>;
  /** Asks for the bill of materials of an image to be signed, where there is one that is not. */
  askForImage(image: ExploredImage): Promise<void>;
  /** Who this Kiln is where its operator has not said so. */
  installationId(): Promise<string>;
}

export type { Attestation, AttestationKind };
