import { changedArguments, differsByValues } from './changed-arguments.js';
import { copySources, isTaken } from './copied-files.js';
import type { CacheMiss } from './cache-miss-kinds.js';
import type { RunNetwork } from './resources.js';
import {
  changedSetting,
  heredocLines,
  LAYER_INSTRUCTIONS,
  movedSetting,
  settingsAbove,
} from './settings-above.js';
import { stepImages } from './step-images.js';
import { placeSteps, type PlacedStep, type StageStep } from './step-place.js';

/** What is known of a build whose steps are compared. */
export interface ComparedBuild {
  readonly steps: readonly StageStep[];
  readonly usesCache: boolean;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Where it was built. */
  readonly host: string | null;
  readonly commit: string | null;
  /** What was asked for. */
  readonly network: RunNetwork;
  /** Digests that names of images stood for, as recorded; the steps of a build that is not recorded yet may say them too. */
  readonly pins: ReadonlyMap<string, string>;
  /** The files of its context, each with what a cache knows it by; null where they are not known. */
  readonly files: ReadonlyMap<string, string> | null;
  /** The text of its Dockerfile; null where it is not known. */
  readonly dockerfile: string | null;
  /** The stage that was built; null for the last one. */
  readonly target: string | null;
}

/** What a method's cache does. */
export interface CacheRules {
  /** Instructions that the method runs each time, or does not tell of when it has them in a cache. */
  readonly uncached: readonly string[];
  /**
   * Instructions without a step by which the cache knows the RUN steps below them, and nothing else; null where it knows every step by all
   * that stands above it.
   */
  readonly runSettings: readonly string[] | null;
}

const SHOWN_PATHS = 5;
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
  return (
    earlierStep(step, comparison) ??
    baseMoved(step, comparison, before) ??
    otherText(step, comparison, before) ??
    otherHeredoc(step, comparison, before) ??
    filesChanged(step, now, before) ??
    settingChanged(step, comparison, before) ??
    argumentsChanged(step, now, before) ??
    networkChanged(step, comparison, before) ??
    otherHost(now, before) ??
    unreadCommit(now, before) ??
    settingMoved(step, comparison, before) ??
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

function otherText(step: PlacedStep, { old, now }: Comparison, before: ComparedBuild): CacheMiss | null {
  const stage = old.filter((one) => one.stage === step.stage);
  const there = stage.find(({ position }) => position === step.position);
  const same = sameStep(step, old);
  if (same !== undefined) return same.isDone ? null : { kind: 'not_built_before' };
  if (there === undefined)
    return stage.some(({ isDone }) => !isDone) ? { kind: 'not_built_before' } : { kind: 'new_instruction' };
  const names = changedArguments(now, before);
  const isValueAlone =
    differsByValues(step.text, there.text, names, now) ||
    differsByValues(there.text, step.text, names, before);
  if (isValueAlone) return { kind: 'build_arguments_changed', names };
  return { kind: 'instruction_changed', before: there.text, after: step.text };
}

function filesChanged(step: PlacedStep, now: ComparedBuild, before: ComparedBuild): CacheMiss | null {
  const { patterns } = copySources(step.text);
  if (patterns === null) return null;
  if (now.files === null || before.files === null) return commitChanged(now, before);
  const { files } = now;
  const old = before.files;
  const changed = [...new Set([...files.keys(), ...old.keys()])]
    .filter((path) => files.get(path) !== old.get(path))
    .filter((path) => patterns.some((pattern) => isTaken(path, pattern)))
    .sort();
  if (changed.length === 0) return null;
  return { kind: 'files_changed', paths: changed.slice(0, SHOWN_PATHS), count: changed.length };
}

function commitChanged(now: ComparedBuild, before: ComparedBuild): CacheMiss | null {
  if (now.commit === null || before.commit === null || now.commit === before.commit) return null;
  return { kind: 'commit_changed', before: before.commit, after: now.commit };
}

/** What another commit changes in a Dockerfile that Kiln does not read, no step may show. */
function unreadCommit(now: ComparedBuild, before: ComparedBuild): CacheMiss | null {
  return now.dockerfile === null || before.dockerfile === null ? commitChanged(now, before) : null;
}

/** A builder shows the first line of a here-document; the others are in the Dockerfile alone. */
function otherHeredoc(
  step: PlacedStep,
  { steps, old, now }: Comparison,
  before: ComparedBuild,
): CacheMiss | null {
  const same = sameStep(step, old);
  const was = same === undefined ? null : heredocLines(before, same, old);
  const is = was === null ? null : heredocLines(now, step, steps);
  if (was === null || is === null) return null;
  const length = Math.max(was.length, is.length);
  const at = Array.from({ length }).findIndex((_, line) => was[line] !== is[line]);
  return at === -1 ? null : { kind: 'heredoc_changed', before: was[at] ?? null, after: is[at] ?? null };
}

function settingChanged(step: PlacedStep, comparison: Comparison, before: ComparedBuild): CacheMiss | null {
  const changed = compareSettings(step, comparison, before, changedSetting);
  return changed === null ? null : { kind: 'setting_changed', ...changed };
}

function settingMoved(step: PlacedStep, comparison: Comparison, before: ComparedBuild): CacheMiss | null {
  const setting = compareSettings(step, comparison, before, movedSetting);
  return setting === null ? null : { kind: 'setting_moved', setting };
}

/** What `compare` finds in the settings above a step, then and now; null where the step does not depend on them, or they are not known. */
function compareSettings<T>(
  step: PlacedStep,
  { steps, old, now, rules: { runSettings } }: Comparison,
  before: ComparedBuild,
  compare: (was: string[], is: string[], keywords: readonly string[] | null) => T | null,
): T | null {
  if (runSettings !== null && step.type !== 'RUN') return null;
  const same = sameStep(step, old);
  const was = same === undefined ? null : settingsAbove(before, same, old);
  const is = was === null ? null : settingsAbove(now, step, steps);
  return was === null || is === null ? null : compare(was, is, runSettings);
}

/** BuildKit knows a RUN step by its network too. */
function networkChanged(
  { type }: PlacedStep,
  { now, rules }: Comparison,
  before: ComparedBuild,
): CacheMiss | null {
  const isKnownBy = rules.runSettings !== null && type === 'RUN';
  if (!isKnownBy || now.network === before.network) return null;
  return { kind: 'network_changed', before: before.network, after: now.network };
}

/** The step with the same instruction: at its place, then elsewhere in its stage. */
function sameStep(step: PlacedStep, old: readonly PlacedStep[]): PlacedStep | undefined {
  const same = old.filter(({ stage, text }) => stage === step.stage && text === step.text);
  return same.find(({ position }) => position === step.position) ?? same[0];
}

/** RUN gets the arguments that its stage declares; which those are the steps do not say. */
function argumentsChanged(step: PlacedStep, now: ComparedBuild, before: ComparedBuild): CacheMiss | null {
  const names = step.type === 'RUN' ? changedArguments(now, before) : [];
  return names.length === 0 ? null : { kind: 'build_arguments_changed', names };
}

function otherHost(now: ComparedBuild, before: ComparedBuild): CacheMiss | null {
  if (now.host === null || before.host === null || now.host === before.host) return null;
  return { kind: 'other_host', before: before.host, after: now.host };
}
