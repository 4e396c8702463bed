import { cryptography } from '../adapters/signing/cryptography.js';
import type { ControllerConfig } from '../config.js';
import type { Loop } from '../controller/loop.js';
import { startTraceSender, startWithoutTraces } from '../controller/trace-sender.js';
import { toKilnError } from '../domain/errors.js';
import type { ChangeFeed } from '../ports/stores.js';
import { createOwedTraces } from '../storage/traces/owed-traces.js';
import type { Database } from '../storage/database.js';
import type { Logger } from '../telemetry/logger.js';
import type { createControllerMetrics } from '../telemetry/metrics.js';
import { readVersion } from './version.js';

/** Starts to send traces where somebody receives them; what speaks to him is loaded only then. */
export async function openTraces(
  config: Pick<ControllerConfig, 'otelExporterOtlpEndpoint' | 'otelExporterOtlpTracesEndpoint'>,
  deps: {
    readonly database: Database;
    readonly feed: ChangeFeed;
    readonly metrics: Pick<ReturnType<typeof createControllerMetrics>, 'traceOutcomes'>;
    readonly log: Logger;
  },
): Promise<Loop> {
  const { database, feed, metrics, log } = deps;
  const traces = createOwedTraces(database);
  const url = receiverUrl(config);
  if (url === null)
    return startWithoutTraces({
      ...{ traces, log },
      forgotten: (count) => log.warn({ traces: count }, 'traces that were owed are not sent any more'),
    });
  const { createOtlpReceiver } = await import('../adapters/traces/otlp-receiver.js');
  return startTraceSender({
    ...{ traces, feed, log },
    receiver: createOtlpReceiver({ url, version: readVersion() }),
    sha256: (text) => cryptography.sha256(Buffer.from(text)),
    pauseFactor: 1,
    seen: (outcome, buildId, error) => {
      metrics.traceOutcomes.inc({ outcome });
      const level = outcome === 'sent' ? 'debug' : 'warn';
      log[level](
        { build_id: buildId, ...(error !== null && { because: toKilnError(error).message }) },
        `trace ${outcome}`,
      );
    },
  });
}

function receiverUrl({
  otelExporterOtlpEndpoint: base,
  otelExporterOtlpTracesEndpoint: whole,
}: Parameters<typeof openTraces>[0]): string | null {
  if (whole !== undefined) return whole;
  return base === undefined ? null : `${base.replace(/\/$/, '')}/v1/traces`;
}
