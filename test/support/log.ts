import { createHash } from 'node:crypto';
import type { LogChunkIn, LogSeal } from '../../src/ports/dispatch.js';

/** Log chunks as a supervisor cuts them, with their seal. */
export function aLog(...contents: (string | Buffer)[]): { chunks: LogChunkIn[]; seal: LogSeal } {
  let line = 1;
  let offset = 0;
  const hash = createHash('sha256');
  const chunks = contents.map((content, chunk): LogChunkIn => {
    const bytes = Buffer.from(content);
    const lines = bytes.toString('latin1').replace(/\n$/, '').split('\n').length;
    hash.update(bytes);
    const made = {
      chunk,
      step_number: 1,
      log_level: 'INFO' as const,
      first_line: line,
      line_count: lines,
      offset_bytes: offset,
      logged_at: '2026-11-21T09:00:00.000Z',
      content_base64: bytes.toString('base64'),
    };
    line += lines;
    offset += bytes.length;
    return made;
  });
  return {
    chunks,
    seal: { chunks: chunks.length, lines: line - 1, bytes: offset, sha256: hash.digest('hex'), note: null },
  };
}
