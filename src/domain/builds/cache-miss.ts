import type { CacheMiss } from './cache-miss-kinds.js';
import { changedArguments, differsByValues } from './changed-arguments.js';
import type { CacheRules, ComparedBuild, ComparedStep } from './compared-build.js';
import { copySources } from './copied-files.js';
import { differingInputs, otherHost, settingMoved, unreadCommit } from './differing-inputs.js';
import { type MatchedStep, matchSteps } from './match-steps.js';
import { LAYER_INSTRUCTIONS } from './settings-above.js';
import { stepImages } from './step-images.js';
import { placeSteps, type PlacedStep } from './step-place.js';

export type { CacheRules, ComparedBuild } from './compared-build.js';

const NO_RULES: CacheRules = { uncached: [], runSettings: null };

/**
 * For each step of a build that ran, why it was not taken from the cache, as far as a comparison with the build before (of the same
 * project, method, target and platforms; null where there is none) can tell. What steps leave behind nobody knows but the builder:
 * where nothing differs, its cache was cleared, or the reason is unknown. Of a step that may build upon a stage which cannot be told from
 * the others nothing is said then.
 */
export function explainMisses(
  now: ComparedBuild,
  before: ComparedBuild | null,
  rules: CacheRules = NO_RULES,
): ReadonlyMap<number, CacheMiss> {
  const steps = placeSteps(now.steps);
  const old = before === null ? [] : placeSteps(before.steps);
  const found = new Map<number, CacheMiss | null>();
  for (const step of steps) {
    if (hasMissed(step) && !rules.uncached.includes(step.type ?? ''))
      found.set(step.number, explain(step, { steps, old, now, before, found, rules }));
  }
  return new Map([...found].flatMap(([number, miss]) => (miss === null ? [] : [[number, miss] as const])));
}

/** Whether files of the context, or its Dockerfile, can be the reason of any step, so that it is worth reading them. */
export function asksForFiles({ usesCache, steps }: Pick<ComparedBuild, 'usesCache' | 'steps'>): boolean {
  return usesCache && placeSteps(steps).some(hasMissed);
}

function hasMissed({ isCached, isDone, type }: PlacedStep): boolean {
  return !isCached && isDone && LAYER_INSTRUCTIONS.has(type ?? '');
}

interface Comparison {
  readonly steps: readonly PlacedStep[];
  readonly old: readonly PlacedStep[];
  readonly now: ComparedBuild;
  readonly before: ComparedBuild | null;
  /** Null where a step has missed and nobody knows why. */
  readonly found: ReadonlyMap<number, CacheMiss | null>;
  readonly rules: CacheRules;
}

function explain(step: PlacedStep, comparison: Comparison): CacheMiss | null {
  const { now, before } = comparison;
  if (!now.usesCache) return { kind: 'cache_off' };
  if (before === null) return { kind: 'first_build' };
  const earlier = earlierStep(step, comparison) ?? baseMoved(step, comparison, before);
  if (earlier !== null) return earlier;
  const { steps, old, rules } = comparison;
  const matched = matchSteps(step.stage, { placed: steps, built: now }, { placed: old, built: before });
  const own = matched.find((one) => one.now?.number === step.number);
  const same = own === undefined || own.how === 'changed' ? null : own.before;
  const compared: ComparedStep = { now, before, step, same, steps, old, matched, rules };
  return (
    otherText(own, compared) ??
    differingInputs(compared) ??
    otherHost(compared) ??
    unreadCommit(compared) ??
    settingMoved(compared) ??
    otherAbove(own, compared) ??
    (isBuiltUponUntold(step, comparison) ? null : { kind: 'unknown' })
  );
}

/** A step is built upon those before it in its stage, and upon the stage that it copies from. */
function earlierStep(step: PlacedStep, { steps, found }: Comparison): CacheMiss | null {
  const { from } = copySources(step.text);
  const stages = [step.stage, ...(from === null ? [] : [stageOf(from, step, steps)])];
  const cause = steps.find(
    (one) =>
      found.has(one.number) &&
      stages.includes(one.stage) &&
      (one.stage !== step.stage || one.position < step.position),
  );
  if (cause !== undefined) return { kind: 'earlier_step', stepNumber: cause.number };
  return beginsWithStage(step, steps) ? onlyOtherStage(step, steps, found) : null;
}

/** Whether a step may build upon another stage of a builder that does not say which stage a step is of: its FROM or --from is no known image. */
function isBuiltUponUntold(step: PlacedStep, { steps, now }: Comparison): boolean {
  const isNumbered = step.text !== step.name;
  if (isNumbered || step.stage === '1') return false;
  const { from } = copySources(step.text);
  const names = [fromOf(step, steps)?.text ?? '', ...(from === null ? [] : [`FROM ${from}`])];
  return names.some((name) => {
    const [image] = stepImages([{ name }]);
    return image === undefined || digestOf(image.reference, now) === null;
  });
}

/** With several platforms the name of a stage begins with one of them. */
function stageOf(name: string, step: PlacedStep, steps: readonly PlacedStep[]): string {
  const [platform] = step.stage.split(' ');
  const full = `${platform} ${name}`;
  return steps.some(({ stage }) => stage === full) ? full : name;
}

/** A stage whose FROM names another stage has no step for it. */
function beginsWithStage(step: PlacedStep, steps: readonly PlacedStep[]): boolean {
  return steps.some(({ stage, position, type }) => stage === step.stage && position === 1 && type !== 'FROM');
}

function onlyOtherStage(
  step: PlacedStep,
  steps: readonly PlacedStep[],
  found: Comparison['found'],
): CacheMiss | null {
  const missed = steps.filter((one) => one.stage !== step.stage && found.has(one.number));
  const [first] = missed;
  if (first === undefined || missed.some(({ stage }) => stage !== first.stage)) return null;
  return { kind: 'earlier_step', stepNumber: first.number };
}

/** FROM of the step's stage, or the image that it copies from, stood for another digest, or names another image. */
function baseMoved(
  step: PlacedStep,
  { steps, old, now }: Comparison,
  before: ComparedBuild,
): CacheMiss | null {
  const from = fromOf(step, steps);
  const oldFrom = fromOf(step, old);
  const { from: copied } = copySources(step.text);
  if (from !== null && oldFrom !== null && unpinned(from.text) !== unpinned(oldFrom.text))
    return { kind: 'instruction_changed', before: unpinned(oldFrom.text), after: unpinned(from.text) };
  const names = [from?.text, copied === null ? undefined : `FROM ${copied}`];
  for (const text of names) {
    const [image] = text === undefined ? [] : stepImages([{ name: text }]);
    if (image === undefined) continue;
    const { reference } = image;
    const [digest, oldDigest] = [digestOf(reference, now), digestOf(reference, before)];
    if (digest !== null && oldDigest !== null && digest !== oldDigest)
      return { kind: 'base_image_moved', reference, before: oldDigest, after: digest };
  }
  return null;
}

function fromOf({ stage }: PlacedStep, steps: readonly PlacedStep[]): PlacedStep | null {
  return steps.find((one) => one.stage === stage && one.type === 'FROM') ?? null;
}

function unpinned(text: string): string {
  return text.replace(/@sha256:[0-9a-f]{64}/, '');
}

function digestOf(reference: string, { steps, pins }: ComparedBuild): string | null {
  const told = stepImages(steps).find((one) => one.reference === reference);
  return pins.get(reference) ?? told?.digest ?? null;
}

function otherText(
  own: MatchedStep | undefined,
  { now, before, step, matched }: ComparedStep,
): CacheMiss | null {
  const there = own?.before ?? null;
  if (own === undefined || there === null) {
    const below = own === undefined ? [] : matched.slice(matched.indexOf(own) + 1);
    const wasReached = below.some((one) => one.before !== null && one.now !== null);
    const isCutOff = matched.some((one) => one.before?.isDone === false);
    return { kind: isCutOff && !wasReached ? 'not_built_before' : 'new_instruction' };
  }
  if (own.how !== 'changed') return there.isDone ? null : { kind: 'not_built_before' };
  const names = changedArguments(now, before);
  const isValueAlone =
    differsByValues(step.text, there.text, names, now) ||
    differsByValues(there.text, step.text, names, before);
  if (isValueAlone) return { kind: 'build_arguments_changed', names };
  return { kind: 'instruction_changed', before: there.text, after: step.text };
}

/** An instruction above the step came, went or has changed places, and what stands there now was in the cache; or the step itself stands elsewhere. */
function otherAbove(
  own: MatchedStep | undefined,
  { step, steps, old, matched, rules }: ComparedStep,
): CacheMiss | null {
  if (own === undefined || own.before === null) return null;
  if (hasMoved(own, matched)) return { kind: 'instruction_moved' };
  if (!isWhole(step, steps) || !isWhole(own.before, old)) return null;
  const other = matched
    .slice(0, matched.indexOf(own))
    .find(({ how, now, before }) => how !== 'same' && !rules.uncached.includes((now ?? before)?.type ?? ''));
  if (other === undefined) return null;
  const [was, is] = [other.before?.text ?? null, other.now?.text ?? null];
  return was === is ? null : { kind: 'setting_changed', before: was, after: is };
}

/** Whether it stands among others: one that was above it is below it, or the other way round. */
function hasMoved(own: MatchedStep, matched: readonly MatchedStep[]): boolean {
  return matched.some(
    ({ how, now, before }) =>
      how === 'moved' && now!.position < own.now!.position !== before!.position < own.before!.position,
  );
}

/** Whether every instruction above it is known as a step. */
function isWhole({ stage, position }: PlacedStep, steps: readonly PlacedStep[]): boolean {
  return steps.filter((one) => one.stage === stage && one.position < position).length === position - 1;
}
