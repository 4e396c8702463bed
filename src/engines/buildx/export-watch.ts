import { readProgress } from './progress.js';

const PUSHED = /^pushing manifest for \S+@(sha256:[0-9a-f]{64})$/;

/** Sees in buildctl's output when the image is pushed: from then on only caches are written. */
export class ExportWatch {
  /** Of the pushed image; null until it is pushed. */
  digest: string | null = null;

  /** Takes a line without its newline. */
  see(line: Buffer): void {
    if (this.digest !== null || !line.includes('pushing manifest for')) return;
    for (const { id, completed } of readProgress(line)?.statuses ?? []) {
      const [, digest] = PUSHED.exec(id) ?? [];
      if (digest !== undefined && completed !== null) this.digest = digest;
    }
  }
}
