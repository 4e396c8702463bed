import { KilnError } from '../errors.js';

/** One thing of a build context. Paths are relative, with forward slashes; times are whole seconds since 1970 (UTC). */
export type ContextEntry =
  | { readonly path: string; readonly kind: 'folder'; readonly mode: number; readonly mtime: number }
  | ContextFile
  | { readonly path: string; readonly kind: 'link'; readonly target: string };

export interface ContextFile {
  readonly path: string;
  readonly kind: 'file';
  /** Permission bits only (0o777). */
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
  /** Of the content, 64 lower-case hex digits. */
  readonly sha256: string;
}

/** An empty file has a content that is never sent. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const SHA256 = /^[0-9a-f]{64}$/;
const PERMISSIONS = 0o777;
const MAX_MTIME = 2 ** 40;

/** Whether a text is a SHA-256 as Kiln writes it: 64 lower-case hex digits. */
export function isSha256(text: string): boolean {
  return SHA256.test(text);
}

/** The line of an entry in a context list, without its newline. One entry has one line only. */
export function formatEntry(entry: ContextEntry): string {
  const { path, kind } = entry;
  if (kind === 'link') return JSON.stringify({ path, kind, target: entry.target });
  const { mode, mtime } = entry;
  if (kind === 'folder') return JSON.stringify({ path, kind, mode, mtime });
  return JSON.stringify({ path, kind, mode, mtime, size: entry.size, sha256: entry.sha256 });
}

/** The entry of a line. Raises `context_invalid` for anything that `formatEntry` would not write. */
export function parseEntry(line: string): ContextEntry {
  const entry = readEntry(line);
  if (entry === null || formatEntry(entry) !== line) {
    throw new KilnError('context_invalid', {
      message: `The context list has a line that is no entry: ${line.slice(0, 200)}`,
    });
  }
  return entry;
}

function readEntry(line: string): ContextEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { path, kind, mode, mtime, size, sha256, target } = value as Record<string, unknown>;
  if (typeof path !== 'string') return null;
  if (kind === 'link') return typeof target === 'string' ? { path, kind, target } : null;
  if (!isWhole(mode, PERMISSIONS) || !isWhole(mtime, MAX_MTIME)) return null;
  if (kind === 'folder') return { path, kind, mode, mtime };
  if (kind !== 'file' || !isWhole(size, Number.MAX_SAFE_INTEGER)) return null;
  if (typeof sha256 !== 'string' || !isSha256(sha256)) return null;
  return (size === 0) === (sha256 === EMPTY_SHA256) ? { path, kind, mode, mtime, size, sha256 } : null;
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
