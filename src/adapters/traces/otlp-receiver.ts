import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { KilnError } from '../../domain/errors.js';
import type { Span } from '../../domain/traces/span.js';
import type { TraceReceiver } from '../../ports/traces.js';

const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL };

/**
 * A receiver of OTLP over HTTP (protobuf), asked again for some seconds where it does not answer. Headers, time limit, compression,
 * certificates and attributes of the resource are those of OpenTelemetry's variables in the environment of the process.
 */
export function createOtlpReceiver(options: {
  /** Where traces are posted. */
  readonly url: string;
  readonly version: string;
  readonly timeoutMs?: number;
}): TraceReceiver {
  const { url, version, timeoutMs } = options;
  const exporter = new OTLPTraceExporter({
    url,
    ...(timeoutMs !== undefined && { timeoutMillis: timeoutMs }),
  });
  const resource = resourceFromAttributes({ 'service.name': 'kiln', 'service.version': version }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  // One object for all spans: the exporter puts those of the same object together.
  const instrumentationScope = { name: 'kiln', version };
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        const sent = spans.map((span) => toReadable(span, resource, instrumentationScope));
        exporter.export(sent, ({ error, code }) => {
          // ExportResultCode.SUCCESS
          if (code === 0) resolve();
          else reject(new KilnError('unavailable', { message: told(error) }));
        });
      }),
  };
}

/** Never the body of an answer: what somebody's proxy says is not ours to log. */
function told(error: (Error & { readonly code?: unknown }) | undefined): string {
  const { code, message = 'nobody knows why' } = error ?? {};
  const status = typeof code === 'number' ? `it answered with ${code} ` : '';
  const why = typeof code === 'string' ? code : `${status}${message}`;
  return `The receiver of traces did not take them: ${why.slice(0, 200)}.`;
}

function toReadable(
  span: Span,
  resource: Resource,
  instrumentationScope: ReadableSpan['instrumentationScope'],
): ReadableSpan {
  const context = (spanId: string) => ({ traceId: span.traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context(span.spanId),
    ...(span.parentSpanId !== null && { parentSpanContext: context(span.parentSpanId) }),
    startTime: toHrTime(span.startedAt.getTime()),
    endTime: toHrTime(span.endedAt.getTime()),
    duration: toHrTime(span.endedAt.getTime() - span.startedAt.getTime()),
    status: { code: span.isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: span.attributes,
    ...{ links: [], events: [], ended: true, resource },
    instrumentationScope,
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

/** Seconds and nanoseconds. */
function toHrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}
