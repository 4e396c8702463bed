import type { RunFailure } from '../../builds/outcome.js';
import { readDockerfile } from './read.js';

/** The line of the one instruction that a builder names by its text; null where none, or several, have that text. */
export function lineOf(instruction: string, dockerfile: string): number | null {
  const wanted = inOneLine(instruction);
  const found = readDockerfile(dockerfile).instructions.filter(
    ({ keyword, flags, rest }) => inOneLine([keyword.toUpperCase(), ...flags, rest].join(' ')) === wanted,
  );
  return found.length === 1 ? (found[0]?.line ?? null) : null;
}

/** The failure with the line of its instruction, where its builder has not told it and the text of the Dockerfile does. */
export function withLine(failure: RunFailure, dockerfile: string | null): RunFailure {
  const { instruction, message } = failure;
  if (instruction === null || dockerfile === null || /Dockerfile line \d/.test(message)) return failure;
  const line = lineOf(instruction, dockerfile);
  if (line === null) return failure;
  return { ...failure, message: `${message.replace(/\.$/, '')} (Dockerfile line ${line}).` };
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
