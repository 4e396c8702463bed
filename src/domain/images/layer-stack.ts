import { ImageNode, leavesOf, type Place, placeOf } from './image-tree.js';
import type { LayerEntry } from './layer-entry.js';

/** What a layer does to those below it. Folders are not counted, all else is a file. */
export interface LayerEffect {
  /** From 1, the base first. */
  readonly number: number;
  readonly filesAdded: number;
  readonly filesChanged: number;
  readonly filesRemoved: number;
  /** Bytes of its files. */
  readonly fileSizeBytes: number;
  /** Of those, bytes of files that a later layer replaces or removes. */
  readonly wastedBytes: number;
}

/** What a layer did to one file; `node` is what was added or what was removed. */
export interface FileChange {
  readonly change: 'added' | 'changed' | 'removed';
  readonly node: ImageNode;
}

type Counts = { -readonly [Key in keyof LayerEffect]: LayerEffect[Key] };

/**
 * Lays layers upon each other, the base first, as whoever unpacks them does: what is removed goes first, then what is added comes.
 * `root` is what the image shows.
 */
export class LayerStack {
  readonly root = ImageNode.folder(0);
  readonly #effects: Counts[] = [];
  #changes: Map<string, FileChange> | null = null;

  /** What each layer did; the wasted bytes of one grow with those above it. */
  get effects(): readonly LayerEffect[] {
    return this.#effects;
  }

  /** `changes` is told what happens to each file, by its path. */
  take(entries: readonly LayerEntry[], changes: Map<string, FileChange> | null = null): void {
    this.#changes = changes;
    const effect: Counts = {
      number: this.#effects.length + 1,
      filesAdded: 0,
      filesChanged: 0,
      filesRemoved: 0,
      fileSizeBytes: 0,
      wastedBytes: 0,
    };
    this.#effects.push(effect);
    /** Paths that this layer removed and has not given back. */
    const removed = new Set<string>();
    for (const entry of entries) {
      if (entry.kind === 'removed' || entry.kind === 'opaque') this.#remove(entry, effect, removed);
    }
    for (const entry of entries) {
      if (entry.kind !== 'removed' && entry.kind !== 'opaque') this.#put(entry, effect, removed);
    }
  }

  #remove(entry: LayerEntry, effect: Counts, removed: Set<string>): void {
    if (entry.path === '') {
      this.#hide('', this.root, effect, removed);
      this.root.children?.clear();
      return;
    }
    const place = placeOf(this.root, entry.path, () => null);
    const found = place?.folder.get(place.name);
    if (place === null || found === undefined) return;
    this.#hide(place.path, found, effect, removed);
    if (entry.kind === 'opaque') found.children?.clear();
    else place.folder.delete(place.name);
  }

  #put(entry: LayerEntry, effect: Counts, removed: Set<string>): void {
    const place = placeOf(this.root, entry.path, ({ path }, found) => {
      if (found !== undefined) this.#hide(path, found, effect, removed);
      return ImageNode.folder(effect.number);
    });
    if (place === null || place.name === '') return;
    const found = place.folder.get(place.name);
    const node = ImageNode.of(entry, effect.number);
    effect.fileSizeBytes += node.sizeBytes;
    if (node.children !== null) this.#putFolder(place, node, found, effect, removed);
    else this.#putFile(place, node, found, effect, removed);
  }

  /** A folder that is there already keeps what it holds. */
  #putFolder(
    { folder, name, path }: Place,
    node: ImageNode,
    found: ImageNode | undefined,
    effect: Counts,
    removed: Set<string>,
  ): void {
    for (const [child, one] of found?.children ?? []) node.children?.set(child, one);
    if (found?.children === null) this.#hide(path, found, effect, removed);
    folder.set(name, node);
  }

  #putFile(
    { folder, name, path }: Place,
    node: ImageNode,
    found: ImageNode | undefined,
    effect: Counts,
    removed: Set<string>,
  ): void {
    folder.set(name, node);
    if (found?.children === null) {
      this.#waste(found);
      // Named twice in one layer, it was counted the first time.
      if (found.layer !== effect.number) effect.filesChanged += 1;
      const before = this.#changes?.get(path)?.change ?? 'changed';
      this.#changes?.set(path, { change: before, node });
      return;
    }
    if (found !== undefined) this.#hide(path, found, effect, removed);
    const isBack = removed.delete(path);
    if (isBack) {
      effect.filesRemoved -= 1;
      effect.filesChanged += 1;
    } else effect.filesAdded += 1;
    this.#changes?.set(path, { change: isBack ? 'changed' : 'added', node });
  }

  #hide(path: string, node: ImageNode, effect: Counts, removed: Set<string>): void {
    for (const [at, leaf] of leavesOf(node, path)) {
      this.#waste(leaf);
      if (leaf.layer === effect.number) {
        effect.filesAdded -= 1;
        this.#changes?.delete(at);
        continue;
      }
      removed.add(at);
      this.#changes?.set(at, { change: 'removed', node: leaf });
      effect.filesRemoved += 1;
    }
  }

  #waste(node: ImageNode): void {
    const effect = this.#effects[node.layer - 1];
    if (effect !== undefined) effect.wastedBytes += node.sizeBytes;
  }
}
