import type { OpenMove, Owner, TagRepair, TagRepairs } from '../ports/dispatch.js';
import type { ImageRegistry } from '../ports/image-registry.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** Longer than a move may take: a younger one is simply going on. */
const OLDER_THAN_MS = 60_000;
const AT_ONCE = 100;

/** What of the results of a look is normally not found. */
export const TAG_REPAIRS = [
  'put_back',
  'removed',
  'stuck',
  'moved_elsewhere',
  'absent',
] as const satisfies readonly TagRepair[];

export interface TagRepairDeps {
  readonly tags: TagRepairs;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'head' | 'tag' | 'untag'>;
  readonly log: LoopLog;
  /** Told what became of each move, once as long as the looks find the same; `right` is the rule. */
  readonly looked: (move: OpenMove, result: TagRepair) => void;
  readonly everyMs: number;
  readonly olderThanMs?: number;
}

/** Looks after moves of tags whose mover was killed or held up. A registry that fails is asked again in the next round. */
export function startTagRepair(deps: TagRepairDeps): Loop {
  return startLoop('tag repair', deps.log, async () => {
    const open = await deps.tags.open(deps.olderThanMs ?? OLDER_THAN_MS, AT_ONCE);
    for (const move of open) {
      try {
        const { what, isNews } = await deps.tags.repair(move, deps.registryFor(move));
        if (isNews) deps.looked(move, what);
      } catch (error) {
        const { buildId, repository, tag } = move;
        deps.log.error({ err: error, build_id: buildId, repository, tag }, 'a tag could not be looked after');
      }
    }
    return deps.everyMs;
  });
}
