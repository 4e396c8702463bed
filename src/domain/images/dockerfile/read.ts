import type { DockerfileProblem } from '../invalid-dockerfile.js';
import type { Instruction } from './instruction.js';
import { readJsonForm } from './instruction.js';
import { cutFlags, heredocsOf } from './words.js';

/** A Dockerfile cut into instructions. */
export interface DockerfileText {
  readonly instructions: readonly Instruction[];
  /** The escape character: backslash, or what the escape directive says. */
  readonly escape: string;
  /** Errors of the parser directives. */
  readonly problems: readonly DockerfileProblem[];
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const DIRECTIVES = new Set(['syntax', 'escape', 'check']);
const COMMENT = /^\s*#/;
const TAKES_HEREDOC = /^(?:onbuild\s+)?(?:add|copy|run)\s/i;

/** Cuts a Dockerfile as BuildKit does: directives, comments, continuation lines, here-documents. Never throws. */
export function readDockerfile(text: string): DockerfileText {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/[\r\n]+$/, ''));
  if (lines.at(-1) === '') lines.pop();
  const { escape, problems } = readDirectives(lines);
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (COMMENT.test(line) || line.trim() === '') at++;
    else {
      const { instruction, next } = readInstruction(lines, at, escape);
      if (instruction.keyword !== '') instructions.push(instruction);
      at = next;
    }
  }
  return { instructions, escape, problems };
}

function readInstruction(
  lines: readonly string[],
  start: number,
  escape: string,
): { instruction: Instruction; next: number } {
  const first = lines[start] ?? '';
  const { joined, next: afterLine } = joinContinued(lines, start, escape);
  let next = afterLine;
  const [, keyword = '', afterKeyword = ''] = /^\s*(\S*)\s*(.*)$/s.exec(joined) ?? [];
  const { flags, rest } = cutFlags(afterKeyword, escape);
  let openHeredoc: string | null = null;
  if (joined.includes('<<') && TAKES_HEREDOC.test(joined.trim()) && readJsonForm(rest) === null) {
    for (const { name, isChomped } of heredocsOf(joined)) {
      const end = findEnd(lines, next, name, isChomped);
      openHeredoc ??= end === -1 ? name : null;
      next = end === -1 ? lines.length : end + 1;
    }
  }
  const column = first.length - first.trimStart().length + 1;
  const instruction = { line: start + 1, column, endLine: next, keyword, flags, rest, openHeredoc };
  return { instruction, next };
}

function joinContinued(
  lines: readonly string[],
  start: number,
  escape: string,
): { joined: string; next: number } {
  const escaped = escape === '`' ? '`' : '\\\\';
  const continuation = new RegExp(`(^|[^${escaped}])${escaped}[ \\t]*$`);
  let joined = '';
  let next = start;
  let isOpen = true;
  while (isOpen && next < lines.length) {
    const line = lines[next++] ?? '';
    if (next > start + 1 && (COMMENT.test(line) || line.trim() === '')) continue;
    isOpen = continuation.test(line);
    joined += isOpen ? line.replace(continuation, '$1') : line;
  }
  return { joined, next };
}

function findEnd(lines: readonly string[], from: number, name: string, isChomped: boolean): number {
  return lines.findIndex((line, at) => at >= from && (isChomped ? line.replace(/^\t+/, '') : line) === name);
}

function readDirectives(lines: readonly string[]): { escape: string; problems: DockerfileProblem[] } {
  const seen = new Map<string, string>();
  const problems: DockerfileProblem[] = [];
  for (const [at, line] of lines.entries()) {
    const match = DIRECTIVE.exec(line.trimStart());
    const key = match?.[1]?.toLowerCase() ?? '';
    if (!DIRECTIVES.has(key)) break;
    const value = match?.[2] ?? '';
    const place = { line: at + 1, column: 1 };
    if (seen.has(key)) problems.push({ ...place, message: `The ${key} directive is given twice.` });
    else if (key === 'escape' && value !== '`' && value !== '\\') {
      problems.push({ ...place, message: 'The escape directive takes ` or \\.' });
    }
    seen.set(key, value);
  }
  return { escape: seen.get('escape') === '`' ? '`' : '\\', problems };
}
