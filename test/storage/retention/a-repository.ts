import { KilnError } from '../../../src/domain/errors.js';
import type { TidyingRegistry } from '../../../src/ports/left-publications.js';

/** Repositories in memory, as far as publication and removal look at them. */
export class FakeRepositories {
  /** `repository@digest` to the digests that it names. */
  readonly manifests = new Map<string, readonly string[]>();
  /** `repository:tag` to a digest. */
  readonly tags = new Map<string, string>();
  readonly removals: string[] = [];
  readonly endedUploads: string[] = [];
  /** Before a manifest goes; told how to say that the registry does not answer. */
  onRemove: (onUnanswered: () => void) => void | Promise<void> = () => undefined;

  copy(repository: string, digest: string, children: readonly string[] = []): void {
    for (const child of children) this.manifests.set(`${repository}@${child}`, []);
    this.manifests.set(`${repository}@${digest}`, children);
  }

  holds(repository: string, digest: string): boolean {
    return this.manifests.has(`${repository}@${digest}`);
  }

  /** As the adapter does: not_found for what the repository does not hold whole. */
  tag = async (target: { repository: string; tag: string; digest: string }): Promise<void> => {
    const children = this.manifests.get(`${target.repository}@${target.digest}`);
    if (children === undefined || children.some((child) => !this.holds(target.repository, child)))
      throw new KilnError('not_found');
    this.tags.set(`${target.repository}:${target.tag}`, target.digest);
  };

  registry(): TidyingRegistry {
    return {
      endUploads: async (repository, uploads) => {
        for (const { address } of uploads) this.endedUploads.push(`${repository} ${address}`);
      },
      tagged: async (repository) =>
        [...this.tags]
          .filter(([name]) => name.startsWith(`${repository}:`))
          .map(([name, digest]) => ({
            tag: name.slice(repository.length + 1),
            digest,
            children: this.manifests.get(`${repository}@${digest}`) ?? [],
          })),
      remove: async (repository, digest, _signal, onUnanswered) => {
        await this.onRemove(() => onUnanswered?.());
        this.removals.push(`${repository}@${digest}`);
        const wasThere = this.manifests.delete(`${repository}@${digest}`);
        for (const [name, tagged] of this.tags)
          if (tagged === digest && name.startsWith(`${repository}:`)) this.tags.delete(name);
        return wasThere ? 'removed' : 'absent';
      },
    };
  }
}
