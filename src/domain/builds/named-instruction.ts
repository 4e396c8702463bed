import { excerpt } from '../excerpt.js';

const MAX = 120;

/** An instruction as a message names it: its beginning. Secrets are hidden in the whole of it first: a value that is cut in two is no longer found. */
export function namedInstruction(instruction: string): string {
  return excerpt(instruction, MAX);
}
