import { isDigest, parseReference, printRepository } from '../domain/images/reference.js';
import { secretsToldByImage } from '../domain/secrets/told-by-image.js';
import { timeLimit } from '../domain/time-limit.js';
import type { ImageRegistry } from '../ports/image-registry.js';

/** Longer than this no build waits for a registry that its builder will ask again. */
const TIME_LIMIT_MS = 5_000;
/** Images whose values are remembered; the one that was used longest ago makes room. */
const MAX_REMEMBERED = 500;
/** Each value costs every line of the log, and a configuration has room for hundreds of thousands. */
const MAX_VALUES = 1_000;

type Registry = Pick<ImageRegistry, 'head' | 'told'>;

/** What was found of the images that a build stands on. */
export interface ToldByBases {
  /** What looks secret in their variables and histories. */
  readonly values: readonly string[];
  /** The images of which that is not known, or not all, by the names that the build has for them. */
  readonly unread: readonly string[];
}

/** What looks secret in images that builds stand on. Remembers it by digest; whether a build may read the image its registry says each time. */
export class BaseSecrets {
  readonly #remembered = new Map<string, readonly string[]>();

  /** `ownPlatform`: of this host, such as `linux/amd64`. */
  constructor(
    private readonly ownPlatform: string,
    private readonly timeLimitMs = TIME_LIMIT_MS,
  ) {}

  /**
   * Reads all of them at once. `digests` are those that names are known to stand for; of an index the images of `platforms` and of the host
   * count. Raises nothing but the reason of `signal`.
   */
  async read(
    registry: Registry,
    images: {
      readonly names: readonly string[];
      readonly platforms: readonly string[];
      readonly digests: Readonly<Record<string, string>>;
    },
    signal: AbortSignal,
  ): Promise<ToldByBases> {
    const names = [...new Set(images.names)];
    if (names.length === 0) return { values: [], unread: [] };
    const limit = timeLimit(this.timeLimitMs, signal);
    const platforms = [...new Set([...images.platforms, this.ownPlatform])].sort();
    const found = await Promise.all(
      names.map((name) =>
        this.#valuesOf(registry, name, images.digests[name], platforms, limit).catch(() => null),
      ),
    );
    signal.throwIfAborted();
    return {
      values: [...new Set(found.flatMap((values) => values?.slice(0, MAX_VALUES) ?? []))],
      unread: names.filter((_, at) => (found[at]?.length ?? Infinity) > MAX_VALUES),
    };
  }

  async #valuesOf(
    registry: Registry,
    name: string,
    resolved: string | undefined,
    platforms: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[] | null> {
    const reference = parseReference(name);
    const repository = printRepository({ ...reference, domain: reference.domain ?? 'docker.io' });
    const wanted = reference.digest ?? resolved ?? reference.tag ?? 'latest';
    const head = await registry.head(repository, wanted, signal, { mayComeFromMirror: true });
    if (head === null || !isDigest(head.digest)) return null;
    const key = [head.digest, ...platforms].join(' ');
    const known = this.#remembered.get(key);
    const query = { platforms, mayComeFromMirror: true };
    const values = known ?? secretsToldByImage(await registry.told(repository, head.digest, query, signal));
    this.#remember(key, values.slice(0, MAX_VALUES + 1));
    return values;
  }

  #remember(key: string, values: readonly string[]): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, values);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
