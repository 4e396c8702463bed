import type { RunNetwork } from './resources.js';

/** Every kind of reason. */
export const CACHE_MISS_KINDS = [
  'first_build',
  'cache_off',
  'new_instruction',
  'not_built_before',
  'instruction_changed',
  'instruction_moved',
  'heredoc_changed',
  'setting_changed',
  'setting_moved',
  'network_changed',
  'build_arguments_changed',
  'base_image_moved',
  'files_changed',
  'commit_changed',
  'earlier_step',
  'other_host',
  'unknown',
] as const satisfies readonly CacheMiss['kind'][];

/** Why a step ran although steps like it had run before. */
export type CacheMiss = CacheMissReason & {
  /** What differs besides, each of which is a reason by itself. */
  readonly also?: readonly CacheMissReason[];
};

type CacheMissReason =
  | { readonly kind: 'first_build' | 'cache_off' | 'new_instruction' | 'not_built_before' | 'unknown' }
  /** Among others than before. */
  | { readonly kind: 'instruction_moved' }
  | { readonly kind: 'instruction_changed'; readonly before: string; readonly after: string }
  /** The first line that differs; null where it has come, or has gone. */
  | { readonly kind: 'heredoc_changed'; readonly before: string | null; readonly after: string | null }
  /**
   * An instruction above it without a step of its own (ENV, ARG, USER...), or one that was in the cache; null where there was none like it, or is
   * none any more.
   */
  | { readonly kind: 'setting_changed'; readonly before: string | null; readonly after: string | null }
  | { readonly kind: 'setting_moved'; readonly setting: string }
  | { readonly kind: 'network_changed'; readonly before: RunNetwork; readonly after: RunNetwork }
  /** Never with their values. */
  | { readonly kind: 'build_arguments_changed'; readonly names: readonly string[] }
  | {
      readonly kind: 'base_image_moved';
      readonly reference: string;
      readonly before: string;
      readonly after: string;
    }
  | { readonly kind: 'files_changed'; readonly paths: readonly string[]; readonly count: number }
  | { readonly kind: 'commit_changed'; readonly before: string; readonly after: string }
  | { readonly kind: 'earlier_step'; readonly stepNumber: number }
  | { readonly kind: 'other_host'; readonly before: string; readonly after: string };
