import type { ImageContents, LayerContents } from './exploration.js';
import { leavesOf } from './image-tree.js';
import { LayerStack } from './layer-stack.js';
import type { ImagePackage } from '../packages/image-package.js';
import { databaseKind, type PackageDatabase } from './packages.js';

/** A layer as it takes part in an image. */
export type StackedLayer = Pick<LayerContents, 'entries' | 'packageDatabases' | 'note' | 'unpackedSizeBytes'>;

const OF_RPM = 'Packages of rpm are named by its bill of materials only.';

/** Lays the layers of an image upon each other, the base first, and reads the package databases that the image shows. */
export class ImageContentsMaker {
  readonly #stack = new LayerStack();
  readonly #databases: (readonly PackageDatabase[])[] = [];
  readonly #notes: string[] = [];
  #unpackedSizeBytes = 0;

  take(layer: StackedLayer): void {
    this.#stack.take(layer.entries);
    this.#databases.push(layer.packageDatabases);
    this.#unpackedSizeBytes += layer.unpackedSizeBytes;
    if (layer.note !== null) this.#notes.push(`Layer ${this.#databases.length}: ${layer.note}`);
  }

  finish(): ImageContents {
    const { packages, hasRpm } = this.#packages();
    const notes = hasRpm ? [...this.#notes, OF_RPM] : this.#notes;
    return {
      unpackedSizeBytes: this.#unpackedSizeBytes,
      layers: this.#stack.effects,
      packages,
      note: notes.length === 0 ? null : notes.join(' '),
    };
  }

  /** Null without a database that is read: a count would be one of nothing. */
  #packages(): { readonly packages: ImagePackage[] | null; readonly hasRpm: boolean } {
    const packages: ImagePackage[] = [];
    let isKnown = false;
    let hasRpm = false;
    for (const [path, { layer }] of leavesOf(this.#stack.root, '')) {
      const kind = databaseKind(path);
      if (kind === 'rpm') hasRpm = true;
      const database = this.#databases[layer - 1]?.find((one) => one.path === path);
      if (database === undefined || kind === 'rpm' || kind === null) continue;
      isKnown = true;
      const type = kind === 'dpkg' ? 'deb' : 'apk';
      for (const [name, version] of database.packages)
        packages.push({ name, version, type, sourceName: null, purl: null });
    }
    packages.sort(({ name: a }, { name: b }) => (a < b ? -1 : a > b ? 1 : 0));
    return { packages: isKnown ? packages : null, hasRpm };
  }
}
