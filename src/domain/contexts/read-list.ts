import type { ByteReader } from './byte-reader.js';
import { ContextListJudge, type ContextLimits, type ContextList } from './context-list.js';
import { parseEntry } from './entry.js';

/** A path of 4096 bytes, all escaped, twice (a link), and the rest. */
export const MAX_LINE_BYTES = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads and judges a list: one entry a line, to the end or to an empty line. Raises `context_invalid`, `path_escapes_context`
 * or `payload_too_large`.
 */
export async function readContextList(reader: ByteReader, limits: ContextLimits): Promise<ContextList> {
  const judge = new ContextListJudge(limits);
  for (;;) {
    const line = await reader.line(MAX_LINE_BYTES);
    if (line === null || line.length === 0) return judge.finish();
    judge.take(parseEntry(textOf(line)));
  }
}

/** What is no UTF-8 is no entry either, and is told as such. */
function textOf(line: Uint8Array): string {
  try {
    return utf8.decode(line);
  } catch {
    return '(not UTF-8)';
  }
}
