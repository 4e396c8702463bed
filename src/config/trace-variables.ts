import { httpUrl } from './values.js';

/** Where traces go, under the names that OpenTelemetry gives its variables. */
export const TRACE_VARIABLES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe(
      'Who receives the traces of builds, by OTLP over HTTP (protobuf): they go to `/v1/traces` below this address. Without it there are none (docs/traces.md).',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional().describe('The same as a whole address, which wins.'),
};
