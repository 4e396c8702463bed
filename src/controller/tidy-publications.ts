import type { Owner } from '../ports/dispatch.js';
import type { LeftPublications, TidyingRegistry } from '../ports/left-publications.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

const AT_ONCE = 100;

/** Looks once at what the publications of a build that came to nothing have left, and tells the log. Raises nothing: what fails stays due. */
export type TidyUp = (buildId: string, signal?: AbortSignal) => Promise<void>;

export interface TidyLog extends LoopLog {
  info(fields: Record<string, unknown>, text: string): void;
  warn(fields: Record<string, unknown>, text: string): void;
}

export function createTidyUp({
  publications,
  registryFor,
  log,
}: {
  readonly publications: Pick<LeftPublications, 'tidyUp'>;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => TidyingRegistry;
  readonly log: TidyLog;
}): TidyUp {
  return async (buildId, signal) => {
    const kept = (error: unknown, repository?: string): void =>
      log.warn({ err: error, build_id: buildId, repository }, 'what a publication left could not be removed');
    try {
      const { removed, troubles } = await publications.tidyUp(buildId, registryFor, signal);
      if (removed.length > 0) log.info({ build_id: buildId, removed }, 'what a publication left was removed');
      for (const { error, repository } of troubles) kept(error, repository);
    } catch (error) {
      kept(error);
    }
  };
}

/**
 * Looks again where that is due: a manifest may have been held up on its way and come after the first look, or a registry did not answer. A
 * registry that hangs holds up the others of this round for some seconds.
 */
export function startTidying(deps: {
  readonly publications: Pick<LeftPublications, 'due'>;
  readonly tidyUp: TidyUp;
  readonly log: LoopLog;
  readonly everyMs: number;
}): Loop {
  return startLoop('tidying of publications', deps.log, async () => {
    for (const buildId of await deps.publications.due(AT_ONCE)) await deps.tidyUp(buildId);
    return deps.everyMs;
  });
}
