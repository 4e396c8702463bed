import { canBeHidden } from '../secrets/secret-arguments.js';

/**
 * Options whose values say how an image was built and cannot be meant to be secret. Of every other one the names are told. Some are
 * texts of people, the others names of images and words of Kiln, which a value that is like one of them must not spoil.
 */
const TOLD_TEXTS = new Set(['dockerfile', 'build_context', 'target_stage', 'artifacts', 'tests']);
const TOLD_NAMES = new Set([
  'cache_enabled',
  'platforms',
  'cache_from',
  'cache_to',
  'cache_repo',
  'registry_repo',
  'builder',
  'run_image',
  'buildpacks',
  'base_images',
  'pinned_images',
  'replaced_images',
]);

const HIDDEN = '***';

export interface ToldOptions {
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of what was given besides: options, or those of their parts. */
  readonly withheld: Readonly<Record<string, readonly string[]>>;
}

/**
 * What may be said in public of the options of a build. Values of build arguments, variables and service bindings, and of options that
 * are not known here, are never told, since people put passwords there; nor is a text of theirs that holds a hidden value.
 */
export function toldOptions(
  options: Readonly<Record<string, unknown>>,
  hidden: readonly string[],
): ToldOptions {
  const told: Record<string, unknown> = {};
  const withheld: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(options).sort(byName)) {
    if (value === null || value === undefined || isEmpty(value)) continue;
    if (TOLD_NAMES.has(name)) told[name] = value;
    else if (TOLD_TEXTS.has(name)) told[name] = hideDeep(value, hidden);
    else withheld[name] = namesIn(value).map((one) => hide(one, hidden));
  }
  return { options: told, withheld };
}

/** The text with each hidden value in it replaced; the longest first, since one may begin with another. */
export function hide(text: string, hidden: readonly string[]): string {
  return hidden
    .filter(canBeHidden)
    .toSorted((left, right) => right.length - left.length)
    .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
}

/** The value with hidden texts replaced, however deep; names of fields are Kiln's. */
function hideDeep(value: unknown, hidden: readonly string[]): unknown {
  if (typeof value === 'string') return hide(value, hidden);
  if (Array.isArray(value)) return value.map((one) => hideDeep(one, hidden));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hideDeep(one, hidden)]));
}

/** Names of a record, or of the members of a list; none of a bare value. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string'
        ? [one.name]
        : [],
    );
  }
  return typeof value === 'object' && value !== null ? Object.keys(value).sort() : [];
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
