/** One instruction of a Dockerfile, its continuation lines joined. Lines and columns count from 1. */
export interface Instruction {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** As written; instructions are not case-sensitive. */
  readonly keyword: string;
  /** Flags as written, such as `--mount=type=cache,target=/x`. */
  readonly flags: readonly string[];
  /** What follows keyword and flags. */
  readonly rest: string;
  /** Name of a here-document whose end is missing; null when all are closed. */
  readonly openHeredoc: string | null;
}

/** The JSON form `["a", "b"]`; null when the text is not in that form. */
export function readJsonForm(text: string): string[] | null {
  if (!text.trimStart().startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
  } catch {
    return null;
  }
}
