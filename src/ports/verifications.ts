import type { AttestationState } from '../domain/provenance/attestation.js';
import type { RecordedBuild, SignedSbom } from '../domain/provenance/judge-image.js';
import type { KnownKey } from '../domain/provenance/read-statement.js';
import type { EnvelopeName } from './attestations.js';
import type { Owner } from './dispatch.js';
import type { Repository } from './image-registry.js';
import type { TenantContext } from './stores.js';

/** What the record says of an image that somebody asks about. */
export interface KnownImage {
  /** Newest first. */
  readonly builds: readonly RecordedBuild[];
  readonly sbomStatements: readonly SignedSbom[];
  /** Whether the image itself was signed. */
  readonly isSignatureRecorded: boolean;
  /** Whether one of the builds is about to be signed. */
  readonly isSigning: boolean;
  /** Whether the bill of materials is about to be made or signed. */
  readonly isSbomAwaited: boolean;
}

/** How far the provenance of a build is, and what it says. */
export interface StoredProvenance {
  readonly state: AttestationState;
  readonly reason: string | null;
  readonly keyId: string | null;
  /** The text of the envelope. */
  readonly envelope: string | null;
}

/** What is held against images that registries serve. */
export interface VerificationStore {
  /** Whose credentials open a repository: a project of the tenant that has published there. not_found where none has. */
  owner(tenant: TenantContext, repository: Repository): Promise<Owner>;
  /** The digest that Kiln has pointed a tag at last; null where it has not. */
  taggedDigest(tenant: TenantContext, repository: Repository, tag: string): Promise<string | null>;
  /** What Kiln has put beside an image, by its record: bills of materials, then provenances, the newest first. */
  envelopes(tenant: TenantContext, digest: string): Promise<EnvelopeName[]>;
  known(tenant: TenantContext, digest: string): Promise<KnownImage>;
  /** Every key by which this Kiln signs or has signed, the current one first. */
  keys(): Promise<(KnownKey & { readonly firstUsedAt: string })[]>;
  /** not_found where there is no such build, or where it has none. */
  provenance(tenant: TenantContext, buildId: string): Promise<StoredProvenance>;
}
