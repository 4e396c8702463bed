import type { TransportOptions } from '../adapters/registry/transport.js';
import type { ErrorCode } from '../domain/errors.js';
import type { ExplorationLimits, ImageContents } from '../domain/images/exploration.js';
import type { Explored, StoredLayer, UnexploredManifest } from '../ports/explorations.js';
import type { RegistryCredential } from '../ports/secrets.js';

/** What a thread that explores a manifest is given. */
export interface ExploreTask {
  readonly manifest: UnexploredManifest;
  readonly transport: TransportOptions;
  /** Of the registry of the manifest, as they are now. */
  readonly credentials: readonly RegistryCredential[];
  readonly limits: ExplorationLimits;
}

/** What it says. The last message is `image` or `error`. */
export type ExploreMessage =
  | { readonly kind: 'begins'; readonly layerNumber: number }
  | { readonly kind: 'layer'; readonly digest: string; readonly layer: Explored<StoredLayer> }
  | { readonly kind: 'image'; readonly contents: Explored<ImageContents> }
  | {
      readonly kind: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly detail: string | null;
    };
