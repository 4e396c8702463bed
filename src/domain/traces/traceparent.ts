/** Where a trace goes on: ids in small hexadecimal digits, 32 and 16 of them. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/**
 * The context that the header `traceparent` of a request carries (https://www.w3.org/TR/trace-context/). Null for none, for one that is not
 * valid, and for one that its sender does not record: a build below it would have no beginning.
 */
export function readTraceparent(header: string | undefined): TraceContext | null {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(header ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return (Number.parseInt(flags, 16) & SAMPLED) === 0 ? null : { traceId, spanId };
}

/** The context as such a header. */
export function toTraceparent({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}
