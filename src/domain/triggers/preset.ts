import type { Refused } from '../webhooks/provider.js';

/** What the strings of a preset may hold as `${word}`. `short_sha` are the first 7 characters of `sha`. */
export const PRESET_WORDS = ['ref', 'branch', 'tag', 'sha', 'short_sha', 'number'] as const;
export type PresetWord = (typeof PRESET_WORDS)[number];

/** What the words stand for in one build; null for what it does not have. `number` is that of a pull request. */
export type PresetValues = Readonly<Record<Exclude<PresetWord, 'short_sha'>, string | null>>;

/** A value of JSON, as presets hold them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const SHORT_SHA_LENGTH = 7;
/** Of the longest commit id; a tag may have twice as much. */
const MAX_SAFE_LENGTH = 64;
/** `$${` for `${` itself, and `${word}` or `${word:-what stands for a missing value}`. */
const PLACES = /\$(?<kept>\$\{)|\$\{(?<word>[^}:]*)(?::-(?<otherwise>[^}]*))?(?<end>\}?)/g;

/** Why a string of a preset cannot be filled in; null when it can. */
export function templateTrouble(text: string): string | null {
  for (const { groups = {} } of text.matchAll(PLACES)) {
    if (groups['kept'] !== undefined) continue;
    const { word = '', end } = groups;
    if (end !== '}') return 'A "${" is not closed. Write $${ for the characters themselves.';
    if (!isPresetWord(word)) {
      const known = PRESET_WORDS.map((one) => `\${${one}}`).join(', ');
      return `There is no \${${word.slice(0, 50)}}; there are ${known}. Write $\${ for the characters themselves.`;
    }
  }
  return null;
}

/** The words in a string. */
export function wordsIn(text: string): PresetWord[] {
  return [...text.matchAll(PLACES)].map(({ groups }) => groups?.['word'] ?? '').filter(isPresetWord);
}

/**
 * Fills a string in. `safe` leaves of values what a tag may hold and puts `-` for the rest, so that a name of a branch ends no part of
 * what it stands in; `raw` leaves them as they are, for places that hold a value and nothing else. Gives `missing`, the word without a value.
 */
export function fillIn(
  text: string,
  values: PresetValues,
  how: 'safe' | 'raw',
): { readonly text: string } | { readonly missing: PresetWord } {
  let missing: PresetWord | null = null;
  const filled = text.replace(PLACES, (place: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const { kept, word = '', otherwise } = groups;
    if (kept !== undefined) return kept;
    if (!isPresetWord(word)) return place;
    const value = valueOf(word, values);
    if (value !== null) return how === 'safe' ? safe(value) : value;
    if (otherwise === undefined) missing ??= word;
    return otherwise ?? '';
  });
  return missing === null ? { text: filled } : { missing };
}

/** Fields whose entries are values that nothing reads but the build. */
const RAW_FIELDS = new Set(['build_args', 'environment']);

/** Fills in every string of the options, wherever it is; refused is an option for which a value is missing. Names of fields stay. */
export function fillInOptions(
  options: Readonly<Record<string, Json>>,
  values: PresetValues,
): { readonly options: Record<string, Json> } | Refused {
  let refused: string | null = null;
  const filledIn = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      filled(value, `options.${name}`, RAW_FIELDS.has(name) ? 'raw' : 'safe'),
    ]),
  );
  return refused === null ? { options: filledIn } : { refused };

  function filled(value: Json, path: string, how: 'safe' | 'raw'): Json {
    if (typeof value === 'string') {
      const done = fillIn(value, values, how);
      if ('text' in done) return done.text;
      refused ??= noValue(path, done.missing);
      return '';
    }
    if (isList(value)) return value.map((one, index) => filled(one, `${path}.${index}`, how));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, filled(one, `${path}.${name}`, how)]),
    );
  }
}

/**
 * Fills in destinations. One with a word that has no value is left out, so that one preset serves branches and tags; refused is a preset
 * of which none is left. Of a pull request only those stay that name it by its number, ref or commit: it moves no other tag.
 */
export function fillInDestinations(
  destinations: readonly string[],
  values: PresetValues,
): { readonly destinations: string[] } | Refused {
  const isPullRequest = values.number !== null;
  const usable = destinations.filter(
    (one) => !isPullRequest || wordsIn(one).some((word) => OF_PULL_REQUEST.has(word)),
  );
  if (isPullRequest && usable.length === 0) {
    return {
      refused:
        'No destination of the preset names the pull request: add one with ${number}, such as registry.example.com/team/app:pr-${number}.',
    };
  }
  const filled = usable.map((one) => fillIn(one, values, 'safe'));
  const texts = filled.flatMap((one) => ('text' in one ? [one.text] : []));
  const missing = filled.flatMap((one) => ('missing' in one ? [one.missing] : []))[0];
  if (texts.length === 0 && missing !== undefined) return { refused: noValue('destinations', missing) };
  return { destinations: [...new Set(texts)] };
}

const OF_PULL_REQUEST: ReadonlySet<PresetWord> = new Set(['number', 'ref', 'sha', 'short_sha']);

function isPresetWord(word: string): word is PresetWord {
  return (PRESET_WORDS as readonly string[]).includes(word);
}

function valueOf(word: PresetWord, values: PresetValues): string | null {
  return word === 'short_sha' ? (values.sha?.slice(0, SHORT_SHA_LENGTH) ?? null) : values[word];
}

/** A tag begins with a letter, a digit or `_`. */
function safe(value: string): string {
  const text = value.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  return text.slice(0, MAX_SAFE_LENGTH).replace(/[.-]+$/, '') || 'x';
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function noValue(field: string, word: PresetWord): string {
  return `${field} of the preset names \${${word}}, which this event does not have: write \${${word}:-another text}, or leave it out.`;
}
