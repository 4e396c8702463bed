import type { InspectedImage } from '../domain/builds/outcome.js';
import type { OpenUpload } from '../domain/builds/publication.js';
import type { ToldByImage } from '../domain/secrets/told-by-image.js';

/** The credential of a registry host at the moment it is needed; null for anonymous access. */
export type CredentialSource = (
  host: string,
) => Promise<{ readonly username: string; readonly password: string } | null>;

/** A repository on a registry: `host[:port]/path`, without tag or digest. */
export type Repository = string;

/** Whether a manifest was there when it was removed. */
export type Removal = 'removed' | 'absent';

/** What the registry serves under a reference. */
export interface ManifestHead {
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/**
 * An OCI distribution registry. Errors: registry_unreachable, registry_denied, registry_failed (retryable as the table
 * says), not_found. Every call is idempotent.
 */
export interface ImageRegistry {
  /** Null when the reference (tag or digest) does not exist. */
  head(
    repository: Repository,
    reference: string,
    signal?: AbortSignal,
    options?: Pick<ManifestQuery, 'mayComeFromMirror'>,
  ): Promise<ManifestHead | null>;
  /**
   * What keeps an image from being pulled, in words: bytes of a manifest that are others, or a config or layer that is not there; null for
   * nothing. Manifests are read and held against their digests; of config and layers it is asked whether they are there, in their sizes.
   */
  findTrouble(repository: Repository, digest: string, signal?: AbortSignal): Promise<string | null>;
  /** Reads manifest (or index) and config; `instructions` maps layers to steps where given. */
  inspect(repository: Repository, digest: string, signal?: AbortSignal): Promise<InspectedImage>;
  /**
   * The digests of the unpacked layers of a manifest, the base first, which are the same whoever packed them; of an index those of a
   * platform, null where it has none such.
   */
  diffIds(
    repository: Repository,
    reference: string,
    query: ManifestQuery,
    signal?: AbortSignal,
  ): Promise<ManifestContents | null>;
  /** What the configuration of an image tells; of an index those of its images for `platforms`, or of all where it has none for them. */
  told(repository: Repository, digest: string, query: ToldQuery, signal?: AbortSignal): Promise<ToldByImage>;
  /** The bytes of a blob; `image_mismatch` at their end when they are not those of its digest. */
  readBlob(repository: Repository, digest: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Copies a manifest (an index with its children) and its blobs by digest; mounts blobs where both repositories are on one registry.
   * Blobs that exist are not sent. Verifies that the target serves the digest. `onProgress` is told after each blob and each piece.
   */
  copy(
    from: Repository,
    to: Repository,
    digest: string,
    signal?: AbortSignal,
    onProgress?: (report: CopyReport) => void,
    options?: CopyOptions,
  ): Promise<CopyReport>;
  /** Ends uploads that nobody will go on with, as far as the registry knows how and answers; raises nothing. */
  endUploads(repository: Repository, uploads: readonly OpenUpload[], signal?: AbortSignal): Promise<void>;
  /**
   * Points the tag at a manifest that the repository already holds with all its parts (not_found), and reads it back; image_mismatch when it
   * differs. It is sent once: after any other error than a refusal it may still land, also after a later try.
   */
  tag(repository: Repository, digest: string, tag: string, signal?: AbortSignal): Promise<void>;
  /** Every tag of a repository with what it points at; none where there is no such repository. */
  tagged(repository: Repository, signal?: AbortSignal): Promise<TaggedManifest[]>;
  /**
   * Removes a manifest, and with it the tags that point at it, and sees that it is served no more; says whether it was there.
   * `registry_keeps_images` when the registry does not allow it. `onUnanswered` is told of each request to remove something that got no
   * answer, or the one of a server in trouble (5xx), whatever a repetition gets: it may still be carried out.
   */
  remove(
    repository: Repository,
    digest: string,
    signal?: AbortSignal,
    onUnanswered?: () => void,
  ): Promise<Removal>;
  /** All tags of a repository; none where there is no such repository. */
  tags(repository: Repository, signal?: AbortSignal): Promise<string[]>;
  /**
   * Removes a tag; true when it is gone afterwards, false when the registry cannot remove tags. `isSentOnce`: for a caller who has to know of
   * each removal that it may still be on its way.
   */
  untag(
    repository: Repository,
    tag: string,
    signal?: AbortSignal,
    options?: { readonly isSentOnce?: boolean },
  ): Promise<boolean>;
}

export interface CopyOptions {
  /** Other repositories that have the blobs, for registries that `from` is not on. */
  readonly alsoAt?: readonly Repository[];
  /** Where uploads are kept, so that this copy goes on with those of an earlier one. */
  readonly uploads?: UploadMemory;
  /** Awaited before each manifest, of an index several, when every blob is there; what it raises ends the copy. Told whether the target served the digest before the first. */
  readonly beforeManifest?: ((wasThere: boolean) => Promise<void>) | undefined;
}

/** Uploads that are under way, by the digest of their blob. */
export interface UploadMemory {
  find(digest: string): OpenUpload | undefined;
  keep(upload: OpenUpload): void;
  forget(digest: string): void;
}

export interface ManifestQuery {
  readonly platform: string | null;
  /** Mirrors of the registry are asked first, as a builder does for base images. */
  readonly mayComeFromMirror: boolean;
}

export interface ToldQuery {
  /** Such as `linux/arm64`. */
  readonly platforms: readonly string[];
  /** See ManifestQuery. */
  readonly mayComeFromMirror: boolean;
}

export interface ManifestContents {
  /** Of what the reference names: the index where it is one. */
  readonly digest: string;
  readonly diffIds: readonly string[];
}

/** What a tag of a repository points at; of an index also the images that it names. */
export interface TaggedManifest {
  readonly tag: string;
  readonly digest: string;
  readonly children: readonly string[];
}

/** Distinct blobs of what is copied: all, and what became of them so far. */
export interface CopyReport {
  readonly totalBlobs: number;
  readonly totalBytes: number;
  readonly mountedBlobs: number;
  readonly uploadedBlobs: number;
  readonly existingBlobs: number;
  /** Bytes of mounted and existing blobs, which were not sent. */
  readonly sparedBytes: number;
  /** Bytes that went out. */
  readonly sentBytes: number;
}
