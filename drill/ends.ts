import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillDatabase } from './database.js';

const LOOK_MS = 150;

/** Watches how builds begin and end. */
export class Ends {
  readonly #ended = new Map<string, string>();
  readonly #waiting = new Map<string, ((status: string) => void)[]>();
  #stopped = false;

  constructor(private readonly db: DrillDatabase) {}

  get count(): number {
    return this.#ended.size;
  }

  /** The terminal status of a build; null when it has none in time. */
  async of(buildId: string, timeoutMs: number): Promise<string | null> {
    const known = this.#ended.get(buildId);
    if (known !== undefined) return known;
    const ended = new Promise<string>((resolve) => {
      this.#waiting.set(buildId, [...(this.#waiting.get(buildId) ?? []), resolve]);
    });
    return Promise.race([ended, sleep(timeoutMs, null, { ref: false })]);
  }

  /** Resolves when the builder of a build with the stub engine has printed a line, or when the time is over. */
  async begun(buildId: string, timeoutMs: number): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(LOOK_MS)) {
      const rows = await this.db
        .query(`SELECT FROM build_logs WHERE build_id = $1 AND log_content ~ '(^|\n)line 1\n' LIMIT 1`, [
          buildId,
        ])
        .catch(() => []);
      if (rows.length > 0) return;
    }
  }

  /** Looks until `stop`. */
  async watch(): Promise<void> {
    while (!this.#stopped) {
      const rows = await this.db
        .query<{ id: string; status: string }>(
          `SELECT id, status FROM builds WHERE status IN ('success', 'failed', 'cancelled')
           AND completed_at > clock_timestamp() - interval '2 minutes'`,
        )
        .catch(() => []);
      for (const { id, status } of rows) {
        if (this.#ended.has(id)) continue;
        this.#ended.set(id, status);
        for (const tell of this.#waiting.get(id) ?? []) tell(status);
        this.#waiting.delete(id);
      }
      await sleep(LOOK_MS);
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}
