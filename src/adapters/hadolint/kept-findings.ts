import { createHash } from 'node:crypto';
import type { BuildWarning } from '../../domain/builds/warning.js';

const MAX_FILES = 200;
/** What is found in more places is looked for again: all that is kept stays small. */
const MAX_FINDINGS = 50;

/**
 * What was found in the last files, by all that decides it. Most builds have the Dockerfile of the one before, and a build of which every
 * step is cached ends sooner than a lint.
 */
export class KeptFindings {
  readonly #kept = new Map<string, readonly BuildWarning[]>();

  /** What `look` finds, or has found before for the same `inputs`. What fails is not kept. */
  async of(
    inputs: readonly string[],
    look: () => Promise<readonly BuildWarning[]>,
  ): Promise<readonly BuildWarning[]> {
    const key = createHash('sha256').update(JSON.stringify(inputs)).digest('base64');
    const found = this.#kept.get(key) ?? (await look());
    this.#kept.delete(key);
    if (found.length <= MAX_FINDINGS) this.#kept.set(key, found);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_FILES && oldest !== undefined) this.#kept.delete(oldest);
    return found;
  }
}
