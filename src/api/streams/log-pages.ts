import type { LogChunk } from '../../contracts/builds.js';
import type { LogReader, TenantContext } from '../../ports/stores.js';
import { eventFrame } from './event-stream.js';
import { SharedReads } from './shared-reads.js';

const CHUNKS_PER_READ = 64;

/** Some chunks as event frames, made once for all viewers that stand at the same place. */
export interface LogPage {
  readonly frames: readonly string[];
  /** Cursor after the last frame. */
  readonly last: string | null;
  /** There may be more right now. */
  readonly more: boolean;
  /** Nothing will ever follow: the log is stored whole and this page ends it. */
  readonly end: boolean;
}

/** Reads of log pages, shared between viewers. */
export class LogPages {
  readonly #shared = new SharedReads<LogPage>();

  constructor(private readonly logs: LogReader) {}

  /** `generation` is the bell's, taken before the call: a read from before a ring must not be shared after it. */
  read(tenant: TenantContext, buildId: string, after: string | null, generation: number): Promise<LogPage> {
    const key = `${tenant.tenantId} ${buildId} ${after} ${generation}`;
    return this.#shared.read(key, () => this.#read(tenant, buildId, after));
  }

  async #read(tenant: TenantContext, buildId: string, after: string | null): Promise<LogPage> {
    const { chunks, isComplete } = await this.logs.read(tenant, buildId, after, CHUNKS_PER_READ);
    const more = chunks.length === CHUNKS_PER_READ;
    const frames = chunks.map((chunk) => eventFrame('log', chunk, `${chunk.attempt}.${chunk.chunk}`));
    return { frames, last: cursorOf(chunks, after), more, end: isComplete && !more };
  }
}

/** The place after the last chunk. */
export function cursorOf(chunks: readonly LogChunk[], otherwise: string | null): string | null {
  const last = chunks.at(-1);
  return last === undefined ? otherwise : `${last.attempt}.${last.chunk}`;
}
