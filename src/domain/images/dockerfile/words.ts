const SPACE = /\s/;

/**
 * Words as ENV and LABEL know them: separated by space, quotes kept, the escape character keeps the next one
 * (moby/buildkit frontend/dockerfile/parser/line_parsers.go).
 */
export function wordsOf(text: string, escape: string): string[] {
  return scan(text, escape).words;
}

/** The leading `--flag` words, without their quotes, and what follows them. A lone `--` ends the flags. */
export function cutFlags(text: string, escape: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = text.trimStart();
  while (rest.startsWith('--')) {
    const end = scan(rest, escape, 1).end;
    const flag = unquoted(rest.slice(0, end), escape);
    rest = rest.slice(end).trimStart();
    if (flag === '--') break;
    flags.push(flag);
  }
  return { flags, rest: rest.trim() };
}

/**
 * Names of the here-documents that a line opens, with whether leading tabs are taken off their lines, and whether COPY and ADD fill in
 * variables there: not where any of the name is quoted.
 */
export function heredocsOf(text: string): { name: string; isChomped: boolean; isExpanded: boolean }[] {
  const joined = joinMarkers(text);
  const { words, isQuoteOpen } = scan(joined, '\\');
  if (isQuoteOpen) return [];
  return words.flatMap((word) => {
    const marker = /^\d*<<(-?)(.*)$/s.exec(word);
    const name = marker?.[2] ?? '';
    if (name === '' || name.includes('<')) return [];
    const bare = unquoted(name, '\\');
    return [{ name: bare, isChomped: marker?.[1] === '-', isExpanded: bare === name }];
  });
}

/** `<< EOF` is `<<EOF`; within quotes it stays what it is. */
function joinMarkers(text: string): string {
  return text.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|<<[ \t]+/gs, (found) =>
    found.startsWith('<<') ? '<<' : found,
  );
}

function scan(
  text: string,
  escape: string,
  limit = Infinity,
): { words: string[]; end: number; isQuoteOpen: boolean } {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let at = 0;
  for (; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote === '' && SPACE.test(char)) {
      if (word !== '') words.push(word);
      word = '';
      if (words.length >= limit) return { words, end: at, isQuoteOpen: false };
      continue;
    }
    word += char;
    if (char === escape && quote !== "'") word += text[++at] ?? '';
    else if (quote === char) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  if (word !== '') words.push(word);
  return { words, end: text.length, isQuoteOpen: quote !== '' };
}

function unquoted(word: string, escape: string): string {
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length; at++) {
    const char = word[at] ?? '';
    if (char === escape && quote !== "'") text += word[++at] ?? '';
    else if (quote === char) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else text += char;
  }
  return text;
}
