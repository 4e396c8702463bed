import { alignSequences } from '../align-sequences.js';
import { type BuiltDockerfile, heredocLines } from './settings-above.js';
import type { PlacedStep } from './step-place.js';

/** A build as far as its steps are matched. */
export interface MatchedBuild {
  readonly placed: readonly PlacedStep[];
  readonly built: BuiltDockerfile;
}

/**
 * A step beside its counterpart in the build before. `same`: the same instruction in the same order. `rewritten`: another here-document alone.
 * `changed`: other words in its place. `moved`: the same instruction among others. `new` and `gone`: in one of the two only.
 */
export interface MatchedStep {
  readonly how: 'same' | 'rewritten' | 'changed' | 'moved' | 'new' | 'gone';
  readonly now: PlacedStep | null;
  readonly before: PlacedStep | null;
}

/** The instructions of a stage but FROM in both builds, side by side and in order. A here-document counts as far as its Dockerfile is known. */
export function matchSteps(stage: string, now: MatchedBuild, before: MatchedBuild): MatchedStep[] {
  const [steps, old] = [stepsOf(stage, now), stepsOf(stage, before)];
  const aligned = alignSequences(
    old.map((step) => wordingOf(step, before)),
    steps.map((step) => wordingOf(step, now)),
  );
  const matched: MatchedStep[] = [];
  let [left, right]: [PlacedStep[], PlacedStep[]] = [[], []];
  const closeGap = (): void => {
    matched.push(...pairUp(left, right));
    [left, right] = [[], []];
  };
  for (const { change, before: was, after: is } of aligned) {
    if (change === 'removed') left.push(old[was!]!);
    else if (change === 'added') right.push(steps[is!]!);
    else {
      closeGap();
      matched.push({ how: change, now: steps[is!]!, before: old[was!]! });
    }
  }
  closeGap();
  return matched;
}

function stepsOf(stage: string, { placed }: MatchedBuild): PlacedStep[] {
  return placed.filter((step) => step.stage === stage && step.type !== 'FROM');
}

function wordingOf(step: PlacedStep, { placed, built }: MatchedBuild): string {
  return [step.text, ...(heredocLines(built, step, placed) ?? [])].join('\n');
}

/** What stands between two steps that are the same: alike by their words, then by their kind, then in order. */
function pairUp(left: readonly PlacedStep[], right: readonly PlacedStep[]): MatchedStep[] {
  const free = new Set(left);
  const found = new Map<PlacedStep, PlacedStep>();
  const isAlike = [
    (a: PlacedStep, b: PlacedStep) => a.text === b.text,
    (a: PlacedStep, b: PlacedStep) => a.type === b.type,
    () => true,
  ];
  for (const alike of isAlike) {
    for (const step of right) {
      const other = found.has(step) ? undefined : [...free].find((one) => alike(one, step));
      if (other === undefined) continue;
      free.delete(other);
      found.set(step, other);
    }
  }
  return [
    ...[...free].map((before): MatchedStep => ({ how: 'gone', now: null, before })),
    ...right.map((now): MatchedStep => {
      const before = found.get(now) ?? null;
      if (before === null) return { how: 'new', now, before };
      return { how: before.text === now.text ? 'rewritten' : 'changed', now, before };
    }),
  ];
}
