import { KilnError } from '../errors.js';
import type { ContextEntry } from './entry.js';
import {
  comesBefore,
  entryParts,
  escapes,
  followLinks,
  isLinkTarget,
  LinkWork,
  parentOf,
  unusable,
} from './paths.js';

/** How much a build context may hold, as it lies unpacked. */
export interface ContextLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** A build context without its contents: what lies where, and which contents that needs. */
export interface ContextList {
  /** Sorted by path; parents stand before what they hold. */
  readonly entries: readonly ContextEntry[];
  /** Distinct contents, in the order of their first entry: SHA-256 -> bytes. Empty files need none. */
  readonly contents: ReadonlyMap<string, number>;
  /** Targets of symbolic links by path. */
  readonly links: ReadonlyMap<string, string>;
  /** Bytes of all files as they lie unpacked. */
  readonly sizeBytes: number;
}

/**
 * Takes the entries of a context one by one and judges them: names stay inside, each path is there once and in order, what
 * holds others is a folder, no link leads out (even for a moment), the limits hold. What is judged can be written
 * into an empty folder in this order without looking where it goes.
 */
export class ContextListJudge {
  readonly #entries: ContextEntry[] = [];
  readonly #folders = new Set(['']);
  readonly #links = new Map<string, string>();
  readonly #contents = new Map<string, number>();
  #sizeBytes = 0;
  #last: string | null = null;

  constructor(private readonly limits: ContextLimits) {}

  take(entry: ContextEntry): void {
    const { path, kind } = entry;
    if (entryParts(path).join('/') !== path || path === '') throw unusable(path, 'has an unclean name');
    if (this.#last !== null && !comesBefore(this.#last, path))
      throw unusable(path, 'is there twice or out of order');
    this.#last = path;
    this.#requireFolder(path);
    if (this.#entries.length >= this.limits.maxEntries) throw tooMany(this.limits.maxEntries);
    this.#entries.push(entry);
    if (kind === 'folder') this.#folders.add(path);
    else if (kind === 'link') this.#takeLink(path, entry.target);
    else this.#takeContent(path, entry.sha256, entry.size);
  }

  /** Links are judged when all is there: they lead through one another. */
  finish(): ContextList {
    const work = new LinkWork();
    for (const path of this.#links.keys()) followLinks(path, this.#links, work);
    return {
      entries: this.#entries,
      contents: this.#contents,
      links: this.#links,
      sizeBytes: this.#sizeBytes,
    };
  }

  #requireFolder(path: string): void {
    const parent = parentOf(path);
    if (this.#folders.has(parent)) return;
    if (this.#links.has(parent)) throw escapes(path, `the link ${parent}, through which it would be written`);
    throw unusable(path, `lies below ${parent}, which is no folder`);
  }

  #takeLink(path: string, target: string): void {
    if (!isLinkTarget(target)) throw unusable(path, 'is a link to what no link can name');
    if (target.startsWith('/')) throw escapes(path, `its link to ${target.slice(0, 200)}`);
    this.#links.set(path, target);
  }

  #takeContent(path: string, sha256: string, size: number): void {
    this.#sizeBytes += size;
    if (this.#sizeBytes > this.limits.maxBytes) throw tooLarge(path, this.limits.maxBytes);
    if (size === 0) return;
    if ((this.#contents.get(sha256) ?? size) !== size)
      throw unusable(path, 'has the digest of a file of another size');
    this.#contents.set(sha256, size);
  }
}

/** The error of a context with more entries than allowed. */
export function tooMany(maxEntries: number): KilnError {
  return new KilnError('payload_too_large', {
    message: `The build context has more than ${maxEntries} entries. Leave files out with .dockerignore.`,
  });
}

/** The error of a context that is larger than allowed, at the entry that made it so. */
export function tooLarge(name: string, maxBytes: number): KilnError {
  return new KilnError('payload_too_large', {
    message: `With the entry ${JSON.stringify(name.slice(0, 200))} the build context is larger than ${maxBytes} bytes. Leave files out with .dockerignore.`,
  });
}
