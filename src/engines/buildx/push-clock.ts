import type { StatusUpdate } from './progress.js';
import { toMs } from './step-record.js';

/** Measures the push: from the first `pushing ...` status of the exporter to the end of the last one. */
export class PushClock {
  private startMs: number | null = null;
  private endMs: number | null = null;

  apply(statuses: readonly StatusUpdate[]): void {
    for (const { id, started, completed } of statuses) {
      if (!id.startsWith('pushing ')) continue;
      const start = started === null ? null : toMs(started);
      const end = completed === null ? null : toMs(completed);
      if (start !== null) this.startMs = Math.min(this.startMs ?? start, start);
      if (end !== null) this.endMs = Math.max(this.endMs ?? end, end);
    }
  }

  /** Null when nothing was pushed or the push did not end. */
  durationMs(): number | null {
    return this.startMs === null || this.endMs === null ? null : Math.max(0, this.endMs - this.startMs);
  }
}
