/** Values of variables by name; null for a name whose value only the builder knows. */
export type Variables = ReadonlyMap<string, string | null>;

const VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?)([-+])([^{}]*))?\})/;

/**
 * A word with its quotes taken off and its variables filled in, as BuildKit does for FROM and ARG (moby/buildkit
 * frontend/dockerfile/shell). Null where the value cannot be known from the file: an unknown variable, a form beyond
 * `${name}`, `:-`, `-`, `:+` and `+`.
 */
export function expandWord(word: string, variables: Variables, escape: string): string | null {
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length;) {
    const char = word[at] ?? '';
    if (char === escape && quote !== "'") {
      text += word[at + 1] ?? '';
      at += 2;
    } else if (char === quote || (quote === '' && (char === '"' || char === "'"))) {
      quote = char === quote ? '' : char;
      at += 1;
    } else if (char === '$' && quote !== "'") {
      const match = VARIABLE.exec(word.slice(at));
      const value = match === null ? null : valueOf(match, variables, escape);
      if (match === null || value === null) return null;
      text += value;
      at += match[0].length;
    } else {
      text += char;
      at += 1;
    }
  }
  return text;
}

function valueOf(match: RegExpExecArray, variables: Variables, escape: string): string | null {
  const [, plain, braced = '', colon = '', operator, word = ''] = match;
  const value = variables.get(plain ?? braced);
  if (value === null) return null;
  const isSet = value !== undefined && (colon === '' || value !== '');
  if (operator === '-') return isSet ? value : expandWord(word, variables, escape);
  if (operator === '+') return isSet ? expandWord(word, variables, escape) : '';
  return value ?? '';
}
