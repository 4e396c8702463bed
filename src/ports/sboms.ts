import type { ImagePackage } from '../domain/packages/image-package.js';
import type { SbomFormat } from '../contracts/inspection-operations.js';
import type { ArtifactOwner } from './artifacts.js';
import type { Content } from './contents.js';
import type { Owner } from './dispatch.js';
import type { Explored, ExploredImage } from './explorations.js';
import type { Repository } from './image-registry.js';

/** A bill of materials as a program has made it. */
export interface MadeSbom {
  /** Program and version, such as `syft 1.18.1`. */
  readonly tool: string;
  readonly cyclonedx: Uint8Array;
  readonly spdx: Uint8Array;
  readonly packages: readonly ImagePackage[];
  /** What was left out of the packages, in words; null for nothing. */
  readonly note: string | null;
}

/** A manifest with layers, in a repository that holds it. */
export interface HeldManifest {
  readonly repository: Repository;
  readonly digest: string;
  /** Whose the documents about it are. */
  readonly owner: ArtifactOwner;
  /** Of an image for several platforms; null where there is one. */
  readonly platform: string | null;
}

/** A bill of materials as it is recorded: its documents are contents. */
export type StoredSbom = Pick<MadeSbom, 'tool' | 'packages' | 'note'> & {
  readonly [Format in SbomFormat]: Content;
};

/**
 * Makes the bill of materials of a manifest. Faults of the registry are raised; what the image or this machine make impossible is a reason.
 */
export type MakeSbom = (
  owner: Owner,
  manifest: HeldManifest,
  /** What dpkg has installed by its database in the layers; null where nobody knows. */
  installed: readonly Pick<ImagePackage, 'name' | 'version'>[] | null,
  signal: AbortSignal,
) => Promise<Explored<MadeSbom>>;

/** Images that people may run, of all tenants, in an order that stays. */
export interface ImagesInUse {
  page(
    after: string | null,
    limit: number,
  ): Promise<{ readonly cursor: string; readonly image: ExploredImage }[]>;
}

/** Rows of bills of materials, as the controller makes them. */
export interface Sboms {
  /** The manifests of an image (its own, or those of its platforms). */
  manifestsOf(image: ExploredImage): Promise<HeldManifest[]>;
  /** Where the documents are; null where there are none (yet). */
  find(tenantId: string, digest: string): Promise<{ readonly [Format in SbomFormat]: Content } | null>;
  /** The packages of dpkg that the layers of a manifest name; null where nobody has looked, or there is no such database. */
  installedByDpkg(tenantId: string, digest: string): Promise<Pick<ImagePackage, 'name' | 'version'>[] | null>;
  /** Writes it with its packages, which take the place of those that the layers have told, or why it could not be made, where there is none or its bytes are lost. */
  save(tenantId: string, digest: string, sbom: Explored<StoredSbom>): Promise<void>;
  /** The bytes of a document of an image are lost: it is told so from now on, and the first who says so has it made again. */
  noteLost(image: ExploredImage, sha256: string): Promise<void>;
}
