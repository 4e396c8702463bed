import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard } from './bodies.js';
import type { RegistryClient, RegistryRequest } from './client.js';
import { missingRepository, namesRepository } from './trouble.js';

/** The registry does not know an upload any more, or has other bytes of it than it was sent: it has to be begun anew. */
export class UploadLost extends Error {}

/** One upload of a blob to a registry, in chunks. Where an answer was lost the registry is asked what it has, and gets the rest. */
export class BlobUpload {
  #sent = 0;
  #isResumed = false;

  constructor(
    private readonly client: RegistryClient,
    private readonly to: Repository,
    private at: URL,
    private readonly signal: AbortSignal | undefined,
  ) {}

  get sentBytes(): number {
    return this.#sent;
  }

  /** Where it goes on. */
  get address(): URL {
    return this.at;
  }

  /** Asks the registry what it has of an upload that was begun elsewhere; false when it does not know it, or cannot say. */
  async resume(): Promise<boolean> {
    const response = await this.client.send(this.#status());
    await discard(response);
    const has = response.status >= 400 ? null : receivedBytes(response.headers.get('range'));
    if (has === null) return false;
    if (response.headers.has('location')) this.at = nextAddress(this.at, response, this.to);
    this.#sent = has;
    this.#isResumed = true;
    return true;
  }

  /** Sends the next bytes. */
  async send(chunk: Buffer): Promise<void> {
    const start = this.#sent;
    const response = await this.client.send(this.#piece(chunk, start));
    await this.#take(response);
    this.#sent = start + chunk.length;
  }

  /** Ends the upload; the registry holds what came against the digest. */
  async finish(digest: string): Promise<void> {
    const target = new URL(this.at);
    target.searchParams.set('digest', digest);
    const common = { repository: this.to, actions: 'pull,push', signal: this.signal } as const;
    const end: RegistryRequest = {
      ...common,
      method: 'PUT',
      target,
      headers: { 'content-length': '0' },
      // Bytes that an earlier copy has sent are judged here for the first time.
      expect: this.#isResumed ? [201, 400, 404, 416] : [201, 404, 416],
      doing: `the end of an upload to ${this.to}`,
      again: async () => ((await this.#isThere(common, digest)) ? this.#look(common, digest) : end),
    };
    await this.#going(await this.client.send(end));
  }

  #piece(chunk: Buffer, start: number): RegistryRequest {
    return {
      repository: this.to,
      actions: 'pull,push',
      signal: this.signal,
      method: 'PATCH',
      target: this.at,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${start}-${start + chunk.length - 1}`,
      },
      body: chunk,
      // 204 is what the registry of go-containerregistry says.
      expect: [202, 204, 404, 416],
      doing: `a piece of an upload to ${this.to}`,
      again: () => this.#rest(chunk, start),
    };
  }

  /** What is left to do of a chunk whose sending came to no good end: as much of it as the registry lacks. */
  async #rest(chunk: Buffer, start: number): Promise<RegistryRequest> {
    const status = this.#status();
    const response = await this.client.send(status);
    await this.#take(response);
    const has = receivedBytes(response.headers.get('range'));
    if (has === null || has < start || has > start + chunk.length) throw new UploadLost();
    // Nothing is left: its state is what the chunk would have been answered with.
    if (has === start + chunk.length) return { ...status, target: this.at };
    return this.#piece(chunk.subarray(has - start), has);
  }

  #status(): RegistryRequest {
    return {
      repository: this.to,
      actions: 'pull,push',
      signal: this.signal,
      method: 'GET',
      target: this.at,
      expect: [200, 202, 204, 400, 404, 405, 416],
      doing: `the state of an upload to ${this.to}`,
    };
  }

  /** Goes on at the address that the answer names. */
  async #take(response: Response): Promise<void> {
    await this.#going(response);
    this.at = nextAddress(this.at, response, this.to);
  }

  /** Raises `UploadLost` where the registry does not go on with it, and `repository_missing` where it says that this is why. */
  async #going(response: Response): Promise<void> {
    if (response.status < 400) return discard(response);
    const words = await this.client.words(response);
    if (response.status === 404 && namesRepository(words))
      throw missingRepository(this.client.locate(this.to).host, this.to, words);
    throw new UploadLost();
  }

  async #isThere(common: Common, digest: string): Promise<boolean> {
    return (await this.client.send(this.#look(common, digest))).status === 200;
  }

  #look(common: Common, digest: string): RegistryRequest {
    const doing = `the blob ${digest} of ${this.to}`;
    return { ...common, method: 'HEAD', target: `blobs/${digest}`, expect: [200, 404], doing };
  }
}

type Common = Pick<RegistryRequest, 'repository' | 'actions' | 'signal'>;

/** Where an upload goes on, as an answer says. */
export function nextAddress(current: URL, response: Response, to: Repository): URL {
  const location = response.headers.get('location');
  if (location !== null && URL.canParse(location, current.href)) return new URL(location, current);
  throw new KilnError('registry_failed', { message: `The registry gave no address for an upload to ${to}.` });
}

/** `0-41` are 42 bytes; `0-0` are none, since registries say so of an empty upload. */
function receivedBytes(range: string | null): number | null {
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(range ?? '') ?? [];
  if (last === undefined) return null;
  return last === '0' ? 0 : Number(last) + 1;
}
