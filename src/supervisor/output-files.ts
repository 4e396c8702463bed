import { watch } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { OutputStream } from '../ports/engine.js';

const BLOCK_BYTES = 256 * 1024;
const RECHECK_MS = 1000;

/** The two growing output files of a run. */
export class OutputFiles {
  readonly #handles = new Map<OutputStream, FileHandle>();
  readonly #positions: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  /** One for all looks: most find little or nothing, and a new one for each would keep the garbage collector busy. */
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

  constructor(private readonly folder: string) {}

  /** The next bytes of a stream, at most `maxBytes`; empty when there are none yet. One call at a time. */
  async read(stream: OutputStream, maxBytes = BLOCK_BYTES): Promise<Buffer> {
    let handle = this.#handles.get(stream);
    if (handle === undefined) {
      const opened = await open(path.join(this.folder, stream), 'r').catch(() => null);
      if (opened === null) return Buffer.alloc(0);
      this.#handles.set(stream, opened);
      handle = opened;
    }
    const length = Math.min(maxBytes, BLOCK_BYTES);
    const { bytesRead } = await handle.read(this.#block, 0, length, this.#positions[stream]);
    this.#positions[stream] += bytesRead;
    return Buffer.from(this.#block.subarray(0, bytesRead));
  }

  /** Calls back when something in the folder changed, and now and then without cause. Returns the function that ends it. */
  onChange(ring: () => void): () => void {
    const timer = setInterval(ring, RECHECK_MS);
    let close = (): void => {};
    try {
      const watcher = watch(this.folder, ring);
      watcher.on('error', () => watcher.close());
      close = () => watcher.close();
    } catch {
      // Without a watch (the host has none left) the re-check alone drives the reading.
    }
    return () => {
      clearInterval(timer);
      close();
    };
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close();
  }
}
