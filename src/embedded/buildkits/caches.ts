import { cacheSize } from '../../adapters/buildkit/cache-size.js';
import { pruneCache, shrinkCache } from '../../adapters/buildkit/prune-cache.js';
import { freeBytes } from '../../adapters/disk/free-bytes.js';
import type { KeepReport } from '../keep-alive.js';
import type { RunningBuildkit } from '../services/buildkit.js';
import { type BuildkitRoot, buildkitRoot, listRoots } from '../services/buildkit-root.js';
import { type CacheOf, oldestFirst, overBudget } from './over-budget.js';
import type { BuildkitPool, Member } from './pool.js';
import { removeFolder } from '../remove-folder.js';
import { setRootAside } from './remove-root.js';
import { readUse, writeUse } from './root-use.js';

export interface CachesDeps {
  readonly stateFolder: string;
  readonly pool: BuildkitPool<RunningBuildkit>;
  readonly buildctlPath: string;
  /** Of all caches together. */
  readonly budgetBytes: number;
  readonly report: KeepReport;
}

/** The caches of all BuildKits of a host, those of stopped ones too. */
export class BuildkitCaches {
  constructor(private readonly deps: CachesDeps) {}

  /** Writes down when a live one was last used and how large it is, for when it does not run. */
  async note({ key, kept, usedAtMs }: Member<RunningBuildkit>): Promise<void> {
    const sizeBytes = await cacheSize(this.deps.buildctlPath, kept.current().address);
    await writeUse(this.#root(key), { usedAtMs, sizeBytes });
  }

  /** To be called again and again. A single cache its BuildKit itself keeps within the budget. */
  async keepBudget(signal: AbortSignal): Promise<void> {
    const { pool, budgetBytes, stateFolder, buildctlPath } = this.deps;
    if ((await listRoots(stateFolder)).length < 2) return;
    for (const member of pool.members) await this.note(member).catch(() => undefined);
    for (const reduction of overBudget(await this.#all(), budgetBytes)) {
      signal.throwIfAborted();
      const { key } = reduction;
      if (reduction.kind === 'remove') await this.#remove(key);
      else {
        const live = pool.members.find((member) => member.key === key);
        if (live !== undefined)
          await shrinkCache(buildctlPath, live.kept.current().address, reduction.sizeBytes, signal);
      }
    }
  }

  /** Makes room on the disk: caches of stopped ones go, that which was used longest ago first, then the live ones drop what they can. */
  async clear(wantedFreeBytes: number, signal: AbortSignal): Promise<void> {
    const { pool, stateFolder, buildctlPath } = this.deps;
    const isEnough = async (): Promise<boolean> => {
      signal.throwIfAborted();
      return ((await freeBytes(stateFolder)) ?? 0) >= wantedFreeBytes;
    };
    for (const { key, isLive } of oldestFirst(await this.#all()))
      if (!isLive && !(await isEnough())) await this.#remove(key);
    for (const { kept } of pool.members)
      if (!(await isEnough()))
        await pruneCache(buildctlPath, kept.current().address, wantedFreeBytes, signal);
  }

  /** Removes what lies among the roots and was never one. */
  async removeForeign(): Promise<void> {
    for (const root of await listRoots(this.deps.stateFolder))
      if ((await readUse(root)) === null) await this.#remove(root.key);
  }

  async #all(): Promise<CacheOf[]> {
    const live = new Map(this.deps.pool.members.map((member) => [member.key, member]));
    const roots = await listRoots(this.deps.stateFolder);
    return Promise.all(
      roots.map(async (root) => {
        const use = (await readUse(root)) ?? { usedAtMs: 0, sizeBytes: 0 };
        const member = live.get(root.key);
        return {
          key: root.key,
          ...use,
          ...(member && { usedAtMs: member.usedAtMs }),
          isLive: member !== undefined,
        };
      }),
    );
  }

  async #remove(key: string): Promise<void> {
    const { pool, stateFolder, report } = this.deps;
    const root = this.#root(key);
    const aside = await pool.whileClosed(key, () => setRootAside(stateFolder, root));
    if (aside === null) return;
    await removeFolder(aside);
    report(`${root.serviceName}: its cache was removed`);
  }

  #root(key: string): BuildkitRoot {
    return buildkitRoot(this.deps.stateFolder, key);
  }
}
