import type { RunNetwork } from './resources.js';
import type { MatchedStep } from './match-steps.js';
import type { PlacedStep, StageStep } from './step-place.js';

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

/** A step that ran beside the one like it in the build before. */
export interface ComparedStep {
  readonly now: ComparedBuild;
  readonly before: ComparedBuild;
  readonly step: PlacedStep;
  /** With the same instruction, but for a here-document; null where there was none. */
  readonly same: PlacedStep | null;
  readonly steps: readonly PlacedStep[];
  readonly old: readonly PlacedStep[];
  /** Its stage, in order. */
  readonly matched: readonly MatchedStep[];
  readonly rules: CacheRules;
}
