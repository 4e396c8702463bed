import type { Instruction } from './instruction.js';

/** Where in the lines of a file a word of an instruction is written (from 1); the instruction's own place when quotes hide it. */
export function placeOf(
  word: string,
  instruction: Instruction,
  lines: readonly string[],
): { line: number; column: number } {
  for (let line = instruction.line; line <= instruction.endLine; line++) {
    const column = lines[line - 1]?.indexOf(word) ?? -1;
    if (column !== -1) return { line, column: column + 1 };
  }
  return { line: instruction.line, column: instruction.column };
}
