import { posix } from 'node:path';
import { KilnError } from '../../domain/errors.js';

/**
 * The rules of a .dockerignore file with Docker's meaning (moby/patternmatcher): a pattern holds for a path and all
 * below it, `*` and `?` stop at a slash, `**` does not, `!` takes back, and the last pattern that holds decides.
 */
export class IgnorePatterns {
  private constructor(private readonly patterns: readonly Pattern[]) {}

  /** Reads the file's text; raises `context_invalid` for a pattern that cannot be read. */
  static parse(text: string): IgnorePatterns {
    const patterns = text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .flatMap((line, index) =>
        line.startsWith('#') || line.trim() === '' ? [] : [readPattern(line.trim(), index + 1)],
      );
    return new IgnorePatterns(patterns);
  }

  /** Whether a path (relative, with forward slashes) is left out. */
  excludes(path: string): boolean {
    const parts = path.split('/');
    const withParents = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    let isExcluded = false;
    for (const { isException, expression } of this.patterns) {
      if (isException === isExcluded && withParents.some((candidate) => expression.test(candidate))) {
        isExcluded = !isException;
      }
    }
    return isExcluded;
  }

  /** Whether an exception could take back something below an excluded folder. */
  mayTakeBackBelow(folder: string): boolean {
    const parts = folder.split('/');
    return this.patterns.some(({ isException, fixedParts }) => {
      const shared = Math.min(fixedParts.length, parts.length);
      return isException && parts.slice(0, shared).every((part, index) => part === fixedParts[index]);
    });
  }
}

interface Pattern {
  readonly isException: boolean;
  readonly expression: RegExp;
  /** The leading parts without wildcards. */
  readonly fixedParts: readonly string[];
}

function readPattern(line: string, number: number): Pattern {
  const isException = line.startsWith('!');
  const raw = isException ? line.slice(1).trim() : line;
  const glob =
    raw === ''
      ? ''
      : posix
          .normalize(raw)
          .replace(/^\/(?=.)/, '')
          .replace(/(?<=.)\/$/, '');
  if (glob === '') throw invalid(line, number);
  const parts = glob.split('/');
  const firstWild = parts.findIndex((part) => /[*?[\\]/.test(part));
  try {
    const fixedParts = firstWild === -1 ? parts : parts.slice(0, firstWild);
    return { isException, expression: new RegExp(toExpression(glob), 'su'), fixedParts };
  } catch {
    throw invalid(line, number);
  }
}

/** Translates a glob to a regular expression over a whole path. */
function toExpression(glob: string): string {
  if (/^\*\*\/?$/.test(glob)) return '^';
  // Only without a slash and another wildcard does a leading `**` run into the middle of a name.
  if (/^\*\*[^*?[\]\\/][^*?[\]\\]*$/.test(glob)) return `${escaped(glob.slice(2))}$`;
  let expression = '^';
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] ?? '';
    if (char === '*' && glob[at + 1] === '*') {
      at += glob[at + 2] === '/' ? 2 : 1;
      expression += at >= glob.length - 1 ? '.*' : '(?:.*/)?';
    } else if (char === '*') expression += '[^/]*';
    else if (char === '?') expression += '[^/]';
    else if (char === '[') {
      const end = closing(glob, at);
      expression += characterClass(glob.slice(at + 1, end));
      at = end;
    } else if (char === '\\') {
      if (at === glob.length - 1) throw unreadable(glob);
      expression += escaped(glob[++at] ?? '');
    } else expression += escaped(char);
  }
  return `${expression}$`;
}

function closing(glob: string, start: number): number {
  const from = glob[start + 1] === '^' ? start + 2 : start + 1;
  for (let at = from; at < glob.length; at++) {
    if (glob[at] === '\\') at++;
    else if (glob[at] === ']' && at > from) return at;
  }
  throw unreadable(glob);
}

function characterClass(text: string): string {
  const isNegated = text.startsWith('^');
  const inner = isNegated ? text.slice(1) : text;
  if (/^-|(?:^|[^\\])-$/.test(inner)) throw unreadable(text);
  const body = inner.replace(
    /\\(.)|([[\]^&|~])/gs,
    (_, quoted: string | undefined, special: string | undefined) => escapedInClass(quoted ?? special ?? ''),
  );
  return `[${isNegated ? '^' : ''}${body}]`;
}

function escapedInClass(char: string): string {
  return /[\\\]^[-]/.test(char) ? `\\${char}` : char;
}

function escaped(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function unreadable(glob: string): KilnError {
  return new KilnError('context_invalid', { message: `This is not a pattern: ${glob}` });
}

function invalid(line: string, number: number): KilnError {
  return new KilnError('context_invalid', {
    message: `Line ${number} of .dockerignore cannot be read: ${JSON.stringify(line.slice(0, 200))}.`,
  });
}
