import { once } from 'node:events';
import { pack, type Header } from 'tar-stream';
import type { Content } from '../../ports/contents.js';

type Bytes = AsyncIterable<Uint8Array>;

/** Packs a folder anew, entry after entry, as a tar that says nothing of the machine it comes from. */
export class FolderTar {
  readonly #pack = pack();
  readonly #written: Promise<Content>;

  /** `write` takes the bytes of the tar. */
  constructor(write: (bytes: Bytes) => Promise<Content>) {
    this.#written = write(this.#pack as unknown as Bytes);
    this.#written.catch(() => undefined);
  }

  /** `bytes` are those of a file; of anything else there are none. */
  async add(path: string, header: Header, bytes: Bytes): Promise<void> {
    const { type, mode, mtime, size, linkname } = header;
    const entry = this.#pack.entry({
      name: type === 'directory' ? `${path}/` : path,
      type,
      mode: mode & 0o777,
      mtime,
      size,
      ...((type === 'link' || type === 'symlink') && { linkname }),
    });
    if (type === 'file' || type === 'contiguous-file')
      await this.#orFailed(copy(bytes, entry as unknown as NodeJS.WritableStream));
  }

  async finish(): Promise<Content> {
    this.#pack.finalize();
    return this.#written;
  }

  /** Ends it without a result. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => undefined);
  }

  /** Nobody takes what a failed writer does not. */
  async #orFailed(work: Promise<void>): Promise<void> {
    work.catch(() => undefined);
    await Promise.race([work, this.#written.then(() => new Promise<never>(() => undefined))]);
  }
}

async function copy(bytes: Bytes, entry: NodeJS.WritableStream): Promise<void> {
  for await (const part of bytes) if (!entry.write(part)) await once(entry, 'drain');
  entry.end();
}
