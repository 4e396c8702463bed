import { buildOfStagingTag } from '../domain/builds/staging.js';
import type { Owner, StagingTags } from '../ports/dispatch.js';
import type { ImageRegistry } from '../ports/image-registry.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

export interface StagingSweepDeps {
  readonly staging: StagingTags;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'tags' | 'untag'>;
  readonly log: LoopLog;
  readonly removed: (repository: string, tag: string) => void;
  readonly everyMs: number;
  /** For so long after its cleaning up a build is left alone. */
  readonly cleanedForMs: number;
}

/**
 * Removes what came into staging after its build had been cleaned up, such as the push of a host that was held up. Tags of other builds,
 * of builds that nobody knows, and those that are none of a build stay.
 */
export function startStagingSweep(deps: StagingSweepDeps): Loop {
  return startLoop('staging sweep', deps.log, async () => {
    for (const { repository, ...owner } of await deps.staging.repositories()) {
      try {
        await sweep(deps, repository, deps.registryFor(owner));
      } catch (error) {
        deps.log.error({ err: error, repository }, 'a staging repository could not be looked through');
      }
    }
    return deps.everyMs;
  });
}

async function sweep(
  { staging, removed, cleanedForMs }: StagingSweepDeps,
  repository: string,
  registry: ReturnType<StagingSweepDeps['registryFor']>,
): Promise<void> {
  const tags = (await registry.tags(repository)).flatMap((tag) => {
    const buildId = buildOfStagingTag(tag);
    return buildId === null ? [] : [{ tag, buildId }];
  });
  const cleaned = new Set(
    await staging.cleanedBuilds([...new Set(tags.map(({ buildId }) => buildId))], cleanedForMs),
  );
  for (const { tag, buildId } of tags) {
    if (cleaned.has(buildId) && (await registry.untag(repository, tag))) removed(repository, tag);
  }
}
