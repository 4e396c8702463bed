const MAX = 120;

/**
 * An instruction as a message names it: its beginning. What is hidden is hidden in the whole of it first (`maskFailure`): a value that is cut
 * in two is no longer found.
 */
export function namedInstruction(instruction: string): string {
  return instruction.length <= MAX ? instruction : `${instruction.slice(0, MAX - 3)}...`;
}
