/** A span of a trace, whole. Ids are small hexadecimal digits: 32 of a trace, 16 of a span. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Null: the trace begins with it. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: 'server' | 'internal';
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError: boolean;
}
