/** Where a Dockerfile asks for another frontend (`# syntax=image`): a program that would run inside the builder. */
export interface FrontendRequest {
  readonly reference: string;
  /** From 1. */
  readonly line: number;
}

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/s;
const KNOWN_DIRECTIVES = new Set(['syntax', 'escape', 'check']);
/** Docker's own frontend of generation 1; the one that BuildKit has built in understands the same files. */
const ALLOWED = /^(?:docker\.io\/)?docker\/dockerfile(?::1(?:[.-][\w.-]*)?)?(?:@sha256:[0-9a-f]{64})?$/;

/**
 * Finds the frontend that BuildKit would load. It reads directives in `#` comments, in `//` comments and as a JSON
 * document, each after an optional byte order mark and `#!` line (moby/buildkit frontend/dockerfile/parser/directives.go).
 */
export function findFrontend(dockerfile: string): FrontendRequest | null {
  const lines = dockerfile.replace(/^\uFEFF/, '').split('\n');
  const start = lines[0]?.startsWith('#!') ? 1 : 0;
  return inComments(lines, start, '#') ?? inComments(lines, start, '//') ?? asJson(lines, start);
}

/** Whether a frontend may be named: Docker's own of generation 1; a name without a tag means its newest release. */
export function isAllowedFrontend(reference: string): boolean {
  return ALLOWED.test(reference);
}

function inComments(lines: readonly string[], start: number, prefix: string): FrontendRequest | null {
  for (let index = start; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (!line.startsWith(prefix)) return null;
    const match = DIRECTIVE.exec(line.slice(prefix.length).trimStart());
    const key = match?.[1]?.toLowerCase() ?? '';
    if (!KNOWN_DIRECTIVES.has(key)) return null;
    if (key === 'syntax') return { reference: (match?.[2] ?? '').split(' ')[0] ?? '', line: index + 1 };
  }
  return null;
}

function asJson(lines: readonly string[], start: number): FrontendRequest | null {
  const text = lines.slice(start).join('\n');
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value = JSON.parse(text) as { syntax?: unknown };
    return typeof value.syntax === 'string' ? { reference: value.syntax, line: start + 1 } : null;
  } catch {
    return null;
  }
}
