import type { Request } from 'express';
import { KilnError } from '../../domain/errors.js';
import type { ByteRange } from '../../ports/contents.js';

/** What of a file a request wants to have: `range` where it is not the whole, `unchanged` where it has it already. */
export type AskedPart = 'unchanged' | { readonly range: ByteRange | null };

/**
 * Reads if-none-match, range and if-range (RFC 9110) against a strong etag. Several ranges, and what is no range of bytes, are answered
 * with the whole, as is a range of other bytes. `range_not_satisfiable` with content-range.
 */
export function askedPart(request: Request, etag: string, sizeBytes: number): AskedPart {
  if (names(request.get('if-none-match'), etag)) return 'unchanged';
  const ifRange = request.get('if-range');
  if (request.method === 'HEAD' || (ifRange !== undefined && ifRange !== etag)) return { range: null };
  const ranges = request.range(sizeBytes);
  if (ranges === -1) {
    request.res?.setHeader('content-range', `bytes */${sizeBytes}`);
    throw new KilnError('range_not_satisfiable');
  }
  if (typeof ranges !== 'object' || ranges.type !== 'bytes' || ranges.length !== 1) return { range: null };
  const [{ start: first, end: last } = { start: 0, end: 0 }] = ranges;
  return { range: { first, last } };
}

function names(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
