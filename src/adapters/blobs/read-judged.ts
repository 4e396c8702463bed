import { createHash } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import type { BlobStore, ByteRange, Content } from '../../ports/contents.js';

/** For so long what was found to be right and has not changed is not read again: a download in ranges reads it once. */
const TRUST_MS = 10 * 60_000;
const REMEMBERED = 1_000;

/** Reads contents that it has judged before; see ContentFiles.read. */
export class JudgedReader {
  readonly #judged = new Map<string, { readonly version: string; readonly atMs: number }>();

  constructor(private readonly store: Pick<BlobStore, 'stat' | 'open'>) {}

  async read(tenantId: string, content: Content, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const found = await this.store.stat(tenantId, content.sha256);
    if (found === null) throw new KilnError('not_found', { message: 'The stored bytes are not there.' });
    const { version, sizeBytes } = found;
    if (sizeBytes !== content.sizeBytes) throw mismatch(content, `${sizeBytes} bytes are stored`);
    const key = `${tenantId}/${content.sha256}`;
    const known = this.#judged.get(key);
    if (known?.version !== version || Date.now() - known.atMs > TRUST_MS) {
      this.#judged.delete(key);
      const sha256 = await digestOf(await this.store.open(tenantId, content.sha256, { version }));
      if (sha256 !== content.sha256) throw mismatch(content, `the stored bytes have the SHA-256 ${sha256}`);
      this.#remember(key, version);
    }
    const bytes = await this.store.open(tenantId, content.sha256, { range, version });
    return range === undefined ? this.#judgedAgain(key, content, bytes) : bytes;
  }

  /** A version may stay while bytes rot: the end is withheld where the whole, as it is given, is another. */
  async *#judgedAgain(
    key: string,
    content: Content,
    bytes: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let last: Uint8Array | null = null;
    for await (const part of bytes) {
      hash.update(part);
      if (last !== null) yield last;
      last = part;
    }
    const sha256 = hash.digest('hex');
    if (sha256 !== content.sha256) {
      this.#judged.delete(key);
      throw mismatch(content, `the stored bytes have the SHA-256 ${sha256}`);
    }
    if (last !== null) yield last;
  }

  #remember(key: string, version: string): void {
    this.#judged.set(key, { version, atMs: Date.now() });
    const [oldest] = this.#judged.keys();
    if (this.#judged.size > REMEMBERED && oldest !== undefined) this.#judged.delete(oldest);
  }
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of bytes) hash.update(part);
  return hash.digest('hex');
}

function mismatch({ sha256 }: Content, message: string): KilnError {
  return new KilnError('digest_mismatch', { fields: [{ field: sha256, message }] });
}
