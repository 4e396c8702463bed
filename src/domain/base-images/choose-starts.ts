import type { MoveStep } from './judge-move.js';

/** A move that is not over, with the projects that have no build for it yet. */
export interface LiveMove {
  readonly id: string;
  /** Null for a move that is stopped. */
  readonly step: MoveStep | null;
  readonly waiting: readonly string[];
}

/**
 * The projects that begin now. One build of a project is for all moves that it waits for, since it takes every image as its tag stands then:
 * so it begins when all of them let it, or at once where it is a canary, lest two canaries wait for each other. A project that waits for a stopped
 * move does not begin: its build would take what that one has stopped.
 */
export function chooseStarts(moves: readonly LiveMove[]): string[] {
  const projects = [...new Set(moves.flatMap(({ waiting }) => waiting))];
  return projects.filter((project) => {
    const own = moves.filter(({ waiting }) => waiting.includes(project));
    const steps = own.flatMap(({ step }) => (step?.kind === 'go' ? [step] : []));
    if (steps.length < own.length) return false;
    if (steps.some(({ canary }) => canary === project)) return true;
    return steps.every(({ others }) => others.includes(project));
  });
}
