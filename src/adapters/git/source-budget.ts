import { KilnError } from '../../domain/errors.js';

/** What is left of what a source may hold; shared by a repository and its submodules. Each `take` raises source_too_large. */
export class SourceBudget {
  #fileBytes = 0;
  #packBytes = 0;
  #entries = 0;

  constructor(private readonly limits: { readonly maxBytes: number; readonly maxEntries: number }) {}

  /** Counts files before they are written. */
  take(entries: number, bytes: number): void {
    this.#entries += entries;
    this.#fileBytes += bytes;
    const { maxBytes, maxEntries } = this.limits;
    if (this.#entries > maxEntries)
      throw sourceTooLarge(`more than ${maxEntries} files: the limit context_max_entries`);
    if (this.#fileBytes > maxBytes)
      throw sourceTooLarge(`more than ${maxBytes} bytes of files: the limit context_max_bytes`);
  }

  /** Counts what a fetch has brought. */
  takePacks(bytes: number): void {
    this.checkPacks(bytes);
    this.#packBytes += bytes;
  }

  /** Looks at what a fetch has brought so far, without counting it. */
  checkPacks(bytes: number): void {
    const { maxBytes } = this.limits;
    if (this.#packBytes + bytes <= maxBytes) return;
    throw sourceTooLarge(`more than ${maxBytes} bytes to fetch: the limit context_max_bytes`);
  }
}

/** The error of a source beyond its limits. */
export function sourceTooLarge(what: string): KilnError {
  return new KilnError('source_too_large', {
    message: `The repository, with what belongs to it, has ${what}.`,
  });
}
