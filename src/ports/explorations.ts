import type { ImageContents, LayerContents } from '../domain/images/exploration.js';
import type { UsedImage } from '../domain/images/used-images.js';
import type { Owner } from './dispatch.js';
import type { Repository } from './image-registry.js';

/** An image whose layers are to be looked into. */
export interface ExploredImage extends Owner {
  readonly digest: string;
}

/** A layer that was read, as it is stored; `fileList` is packed. */
export type StoredLayer = Omit<LayerContents, 'entries'> & { readonly fileList: Uint8Array };

/** A manifest with layers that nobody has looked into yet. */
export interface UnexploredManifest {
  readonly digest: string;
  readonly repository: Repository;
  /** From the base up. */
  readonly layers: readonly UnexploredLayer[];
}

export interface UnexploredLayer {
  readonly digest: string;
  /** What is stored of it already, or why it cannot be read; null when it has to be fetched. */
  readonly known: StoredLayer | { readonly failureReason: string } | null;
}

/** What became of a layer, or of an image: what it holds, or why that cannot be told. */
export type Explored<Contents> = Contents | { readonly failureReason: string };

/** An image, or that of one platform, and the images that its newest build used, its base by the Dockerfile first. */
export interface StandingImage {
  readonly imageId: string;
  readonly buildId: string;
  readonly digest: string;
  readonly repository: Repository;
  readonly platform: string | null;
  readonly used: readonly UsedImage[];
}

/** The base image whose layers are the lowest ones of an image. */
export interface RecognisedBase {
  /** As `UsedImage` has it. */
  readonly reference: string;
  /** As the build has recorded it. */
  readonly digest: string | null;
  readonly layerCount: number;
}

/** Rows of explorations. */
export interface Explorations {
  /** The manifests of an image (its own, or those of its platforms) that are not explored. */
  unexplored(image: ExploredImage): Promise<UnexploredManifest[]>;
  /** Writes what became of a layer; the first one stays. */
  saveLayer(tenantId: string, digest: string, layer: Explored<StoredLayer>): Promise<void>;
  /** Writes what became of a manifest, and what follows for the images and builds that have it. */
  finish(tenantId: string, manifestDigest: string, contents: Explored<ImageContents>): Promise<void>;
  /** An index is as its manifests are. Repeating changes nothing. */
  finishIndex(tenantId: string, digest: string): Promise<void>;
  standing(image: ExploredImage): Promise<StandingImage[]>;
  /** Marks the layers of the base, and the base among the images of the build. */
  saveBase(
    tenantId: string,
    image: Pick<StandingImage, 'imageId' | 'buildId'>,
    base: RecognisedBase,
  ): Promise<void>;
  /**
   * Asks once more for explorations that were begun so long ago and have not ended: where one runs that changes nothing, where it was lost
   * (with Temporal's data, or ended by hand) it starts anew. Gives how many.
   */
  askAgain(olderThanMs: number): Promise<number>;
  /** Keeps why a try came to nothing, until the exploration has ended: what is pending says so. */
  noteFailedTry(tenantId: string, digest: string, reason: string): Promise<void>;
  /** The image could not be fetched; a later build of it tries again. */
  giveUp(tenantId: string, digest: string, reason: string): Promise<void>;
}

/**
 * Reads the layers of a manifest that are not known and lays all of them upon each other. Faults of the registry are raised; what the
 * layers themselves make impossible is a reason.
 */
export type ExploreManifest = (
  owner: Owner,
  manifest: UnexploredManifest,
  save: (digest: string, layer: Explored<StoredLayer>) => Promise<void>,
  signal: AbortSignal,
) => Promise<Explored<ImageContents>>;
