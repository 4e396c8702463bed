import { cleanPath, whiteoutOf } from './layer-entry.js';

/**
 * Which entries of layers, read from the top down, are what an image shows at a path, or below it. Links on the way to the path are not
 * followed.
 */
export class ImagePath {
  readonly #wanted: string;
  readonly #seen = new Set<string>();
  /** What the layers that were read hide of those below them; '' is the path itself. */
  readonly #hidden = new Set<string>();
  /** What the layer that is being read hides of those below it. */
  #hiding: string[] = [];

  /** `path` may begin with a slash. */
  constructor(path: string) {
    this.#wanted = cleanPath(path) ?? '';
  }

  /** Whether no lower layer can have anything of it. */
  get isWhole(): boolean {
    return this.#hidden.has('');
  }

  /** Where an entry is: '' for the path itself, else below it. Null for one that is hidden, or elsewhere. */
  place(name: string, isFolder: boolean): string | null {
    const path = cleanPath(name);
    if (path === null) return null;
    const whiteout = whiteoutOf(path);
    if (whiteout !== null) {
      if (whiteout.kind !== 'nothing') this.#hide(whiteout.path);
      return null;
    }
    const inside = this.#inside(path);
    // What stands where a folder is on the way hides all that lower layers have below it.
    if (!isFolder) this.#hide(path);
    if (inside === null || this.#seen.has(inside) || this.#isHidden(inside)) return null;
    this.#seen.add(inside);
    return inside;
  }

  /** The next entry is of the layer below. */
  nextLayer(): void {
    for (const path of this.#hiding) this.#hidden.add(path);
    this.#hiding = [];
  }

  #hide(path: string): void {
    const inside = this.#inside(path);
    const isOnTheWay = path === '' || this.#wanted === path || this.#wanted.startsWith(`${path}/`);
    if (isOnTheWay) this.#hiding.push('');
    else if (inside !== null) this.#hiding.push(inside);
  }

  #isHidden(inside: string): boolean {
    if (this.#hidden.size === 0) return false;
    const parts = inside === '' ? [] : inside.split('/');
    return parts.reduce(
      (isHidden, _, at) => isHidden || this.#hidden.has(parts.slice(0, at + 1).join('/')),
      this.#hidden.has(''),
    );
  }

  #inside(path: string): string | null {
    if (path === this.#wanted) return '';
    return path.startsWith(`${this.#wanted}/`) ? path.slice(this.#wanted.length + 1) : null;
  }
}
