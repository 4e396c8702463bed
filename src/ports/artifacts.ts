import type { ArtifactType } from '../domain/builds/artifact.js';
import type { RetentionPolicy } from '../domain/builds/retention-policy.js';
import type { Content } from './contents.js';

/** Whose an artifact is: of one build, or of an image, whichever builds made it (a row of `images`, so of one project). */
export type ArtifactOwner =
  | { readonly tenantId: string; readonly buildId: string; readonly imageId?: string }
  | { readonly tenantId: string; readonly buildId: null; readonly imageId: string };

/** By what an artifact is known; `name` as in a file system: letters, digits, `.`, `_` and `-`, up to 100. */
export interface ArtifactKey {
  readonly owner: ArtifactOwner;
  readonly type: ArtifactType;
  readonly name: string;
}

export interface NewArtifact extends ArtifactKey {
  /** Such as application/vnd.cyclonedx+json. */
  readonly mediaType: string;
  /** `permanent` unless said otherwise. */
  readonly retention?: RetentionPolicy;
  /** What is there under the same key is not available any more: a newer scan, not another one of the same. */
  readonly replaces?: boolean;
}

/** An artifact that is available, as it is recorded. */
export interface StoredArtifact extends Content {
  readonly id: string;
  readonly mediaType: string;
  readonly createdAt: Date;
}

/** Artifacts that are made after a build, as the controller keeps them. */
export interface Artifacts {
  /**
   * Stores the bytes under their SHA-256 and records them, durably. May be repeated, and be called by two at once: whoever is first
   * decides what is kept, and all get that. With `replaces` the last one decides; the same bytes again change nothing.
   * `payload_too_large` past 256 MiB.
   */
  keepArtifact(artifact: NewArtifact, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredArtifact>;
  /** Null when there is none, or when it has expired. */
  findArtifact(key: ArtifactKey): Promise<StoredArtifact | null>;
  /** The bytes, whose digest is judged before the first one is given. `not_found`, `digest_mismatch`. */
  readArtifact(tenantId: string, artifact: Content): Promise<AsyncIterable<Uint8Array>>;
}

/** How artifacts end. */
export interface ArtifactExpiry {
  /** Some artifacts whose time is over, `limit` or more where there are so many, are not available any more, never one of a build that is not over. Gives how many. */
  expire(limit: number): Promise<number>;
}

/** The rows of artifacts. */
export interface ArtifactRows {
  /** Says that bytes are on their way to where contents lie, so that they are found there when they are never recorded. */
  need(tenantId: string, content: Content): Promise<void>;
  /** Records a content, for which `place` puts the bytes where they belong, and its artifact, in one transaction. See Artifacts. */
  keep(artifact: NewArtifact, content: Content, place: () => Promise<void>): Promise<StoredArtifact>;
  find(key: ArtifactKey): Promise<StoredArtifact | null>;
}
