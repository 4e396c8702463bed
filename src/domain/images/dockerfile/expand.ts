/** Values of variables by name; null for a name whose value only the builder knows. */
export type Variables = ReadonlyMap<string, string | null>;

const PLAIN = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/;
/** Nothing that is longer names an image; arguments that double each other may not fill the memory. */
const MAX_LENGTH = 64 * 1024;
/** Words within words of variables; nobody writes more, and each takes of the stack. */
const MAX_DEPTH = 50;
const MAX_TRIMMED_LENGTH = 255;
const MODIFIED = /^\$\{([A-Za-z_]\w*)(?:(:?)([-+?])|(##?|%%?))/;

/**
 * A word with its quotes taken off and its variables filled in, as BuildKit does for FROM and ARG (moby/buildkit
 * frontend/dockerfile/shell). Null where the value cannot be known from the file: an unknown variable, a form beyond
 * `${name}`, `-`, `+` and `?` with or without `:`, and `#`, `##`, `%` and `%%` with `*` and `?` as wildcards.
 */
export function expandWord(word: string, variables: Variables, escape: string, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length;) {
    const char = word[at] ?? '';
    if (char === escape && quote !== "'") {
      const next = word[at + 1] ?? '';
      // In double quotes it stands for itself before anything else.
      const isKept = quote === '"' && next !== '"' && next !== '$' && next !== escape;
      text += isKept ? char + next : next;
      at += 2;
    } else if (char === quote || (quote === '' && (char === '"' || char === "'"))) {
      quote = char === quote ? '' : char;
      at += 1;
    } else if (char === '$' && quote !== "'") {
      const variable = variableAt(word, at);
      const value = variable === null ? null : expandVariable(variable, variables, escape, depth);
      if (variable === null || value === null) return null;
      text += value;
      if (text.length > MAX_LENGTH) return null;
      at += variable.length;
    } else {
      text += char;
      at += 1;
    }
  }
  return text;
}

/** The variable at a place of a word where a `$` stands, as it is written: the sign alone where it names none, null where its brace does not end. */
export function variableAt(word: string, at: number): string | null {
  if (word[at + 1] === '{') {
    const end = closingBrace(word, at + 2);
    return end === -1 ? null : word.slice(at, end + 1);
  }
  const name = /\$(?:[A-Za-z_]\w*|\d+|[@*#?$!-])?/y;
  name.lastIndex = at;
  return name.exec(word)?.[0] ?? '$';
}

function expandVariable(
  variable: string,
  variables: Variables,
  escape: string,
  depth: number,
): string | null {
  if (variable === '$') return variable;
  const plain = PLAIN.exec(variable);
  if (plain !== null) {
    const value = variables.get(plain[1] ?? plain[2] ?? '');
    return value === undefined ? '' : value;
  }
  // `$1`, `$$`, `$!`: parameters of a shell, which are empty here.
  if (!variable.startsWith('${')) return '';
  const modified = MODIFIED.exec(variable);
  if (modified === null) return null;
  return modify(modified, variable.slice(modified[0].length, -1), variables, escape, depth);
}

/** Where the brace that is open ends, past those that open behind it; -1 when it does not. */
function closingBrace(text: string, from: number): number {
  for (let at = from, depth = 1; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function modify(
  [, name = '', colon, operator, trim]: RegExpExecArray,
  word: string,
  variables: Variables,
  escape: string,
  depth: number,
): string | null {
  const value = variables.get(name);
  if (value === null) return null;
  if (trim !== undefined) return /[$\\"']/.test(word) ? null : trimmed(value ?? '', trim, word);
  const isSet = value !== undefined && (colon === '' || value !== '');
  if (operator === '-') return isSet ? value : expandWord(word, variables, escape, depth + 1);
  if (operator === '+') return isSet ? expandWord(word, variables, escape, depth + 1) : '';
  return isSet ? value : null;
}

/** Takes the shortest (`#`, `%`) or longest (`##`, `%%`) match of a pattern off the beginning or the end. */
function trimmed(value: string, trim: string, pattern: string): string | null {
  if (value.length > MAX_TRIMMED_LENGTH) return null;
  const isPrefix = trim.startsWith('#');
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  const cut = (length: number): string =>
    isPrefix ? value.slice(0, length) : value.slice(value.length - length);
  const order = trim.length === 1 ? lengths : lengths.reverse();
  const length = order.find((one) => matches(pattern, cut(one))) ?? 0;
  return isPrefix ? value.slice(length) : value.slice(0, value.length - length);
}

/** Whether `*` (any text) and `?` (any character) make the pattern the whole text; in time of both lengths multiplied at most. */
function matches(pattern: string, text: string): boolean {
  let star = -1;
  let afterStar = 0;
  let at = 0;
  for (let index = 0; index < text.length;) {
    if (pattern[at] === '*') {
      star = at++;
      afterStar = index;
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at += 1;
      index += 1;
    } else {
      if (star === -1) return false;
      at = star + 1;
      index = ++afterStar;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
