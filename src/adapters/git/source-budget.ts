import { KilnError } from '../../domain/errors.js';
import { limitAndRemedy } from '../../domain/limits/how-to-raise.js';
import type { GitFetch } from '../../ports/source-fetcher.js';

/** What is left of what a source may hold; shared by a repository and its submodules. Each `take` raises source_too_large. */
export class SourceBudget {
  #fileBytes = 0;
  #packBytes = 0;
  #entries = 0;

  constructor(private readonly limits: GitFetch['limits']) {}

  /** Counts files before they are written. */
  take(entries: number, bytes: number): void {
    this.#entries += entries;
    this.#fileBytes += bytes;
    if (this.#entries > this.limits.context_max_entries.value) this.#refuse('context_max_entries', 'files');
    if (this.#fileBytes > this.limits.context_max_bytes.value)
      this.#refuse('context_max_bytes', 'bytes of files');
  }

  /** Counts what a fetch has brought. */
  takePacks(bytes: number): void {
    this.checkPacks(bytes);
    this.#packBytes += bytes;
  }

  /** Looks at what a fetch has brought so far, without counting it. */
  checkPacks(bytes: number): void {
    if (this.#packBytes + bytes > this.limits.context_max_bytes.value)
      this.#refuse('context_max_bytes', 'bytes to fetch');
  }

  #refuse(name: keyof GitFetch['limits'], what: string): never {
    throw sourceTooLarge(`more ${what} than ${limitAndRemedy(name, this.limits[name])}`);
  }
}

/** The error of a source beyond its limits. */
export function sourceTooLarge(what: string): KilnError {
  return new KilnError('source_too_large', {
    message: `The repository, with what belongs to it, has ${what}`,
  });
}
