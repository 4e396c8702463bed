import type { TraceContext } from './traceparent.js';

/** The trace of a build, 32 small hexadecimal digits: that of the request it was asked for with, else its own id without the dashes. */
export function traceIdOf(buildId: string, parent: TraceContext | null): string {
  return parent?.traceId ?? buildId.replaceAll('-', '');
}
