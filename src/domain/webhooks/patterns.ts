/** How many patterns a list may have, and how long one and all of them may be, so that their time is bounded. */
export const MAX_PATTERNS = 50;
export const MAX_PATTERN_LENGTH = 200;
export const MAX_LIST_LENGTH = 2000;

/**
 * Why a pattern for branches, tags or paths cannot be used; null when it can. `*` stands for any text without a slash, `**` for any text,
 * a doubled star and a slash for any folders or none, `?` for one character other than a slash; `!` before it takes back.
 */
export function patternTrouble(pattern: string): string | null {
  const glob = pattern.startsWith('!') ? pattern.slice(1) : pattern;
  if (glob === '') return 'A pattern needs text: write ** for all.';
  if (pattern.length > MAX_PATTERN_LENGTH) return `A pattern has ${MAX_PATTERN_LENGTH} characters at most.`;
  const foreign = /[[\]{}()\\]/.exec(glob)?.[0];
  if (foreign !== undefined) {
    return `"${foreign}" has no meaning in patterns, which know *, ** and ?: write ? where a name has it, and several patterns for several names.`;
  }
  if (/[\u0000-\u001f\u007f]/.test(glob)) return 'A pattern may hold no control character.';
  const prefix = /^refs\/(?:heads|tags)\//.exec(glob)?.[0];
  if (prefix !== undefined) return `Leave "${prefix}" out: patterns are compared with the bare name.`;
  if (glob.startsWith('/')) return 'Leave the slash at the beginning out.';
  if (glob.endsWith('/')) return `Write ${glob}** for all that is below.`;
  return null;
}

/**
 * Whether a list of patterns takes a name in. The last pattern that fits decides; where none fits, a list that begins with `!` takes it in,
 * as does an empty one.
 */
export function patternsTake(patterns: readonly string[], name: string): boolean {
  const last = patterns.findLast((pattern) => globFits(pattern.replace(/^!/, ''), name));
  return last === undefined ? patterns[0]?.startsWith('!') !== false : !last.startsWith('!');
}

/** Tokens of a glob beside characters, which are their own code points. */
const ONE = -1;
const WITHIN = -2;
const ACROSS = -3;
/** The beginning of folders that may be left out. */
const MAYBE = -4;
const SLASH = 0x2f;
/** Any folders or none: if they are there, any text and a slash. */
const FOLDERS = [MAYBE, ACROSS, SLASH];

/**
 * Whether a glob fits the whole of a text. No regular expression: all the ways to read it are followed at once, in time that grows with
 * the product of both lengths and no faster.
 */
export function globFits(glob: string, text: string): boolean {
  const [fixed] = /^[^*?]*/.exec(glob) ?? [''];
  if (!text.startsWith(fixed)) return false;
  const tokens = tokensOf(glob);
  const { length } = tokens;
  /** Which of the tokens may come next; the last place is the end. */
  let open = new Uint8Array(length + 1);
  let next = new Uint8Array(length + 1);
  open[0] = 1;
  passOver(tokens, open);
  for (const character of text) {
    const char = character.codePointAt(0) ?? 0;
    let isAlive = false;
    next.fill(0);
    for (let at = 0; at < length; at++) {
      const token = tokens[at];
      if (open[at] === 0 || token === MAYBE) continue;
      if (token === ACROSS || (token === WITHIN && char !== SLASH)) next[at] = 1;
      else if (token === char || (token === ONE && char !== SLASH)) next[at + 1] = 1;
      else continue;
      isAlive = true;
    }
    if (!isAlive) return false;
    passOver(tokens, next);
    [open, next] = [next, open];
  }
  return open[length] === 1;
}

/** Opens what follows a token that may stand for nothing. */
function passOver(tokens: Int32Array, open: Uint8Array): void {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (open[at] === 0 || (token !== WITHIN && token !== ACROSS && token !== MAYBE)) continue;
    open[at + 1] = 1;
    if (token === MAYBE) open[at + FOLDERS.length] = 1;
  }
}

function tokensOf(glob: string): Int32Array {
  const tokens = [...glob.matchAll(/(?<folders>(?<=^|\/)\*\*\/)|\*{2,}|\*|\?|[^]/gu)].flatMap(
    ([text, folders]) => {
      if (folders !== undefined) return FOLDERS;
      if (text === '*') return WITHIN;
      if (text === '?') return ONE;
      return text.startsWith('**') ? ACROSS : (text.codePointAt(0) ?? 0);
    },
  );
  return Int32Array.from(tokens);
}
