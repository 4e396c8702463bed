import type { KnownMetric, processMetrics } from './process-metrics.js';

/** The page of every metric as Markdown, made from the registries of the processes. */
export function describeMetrics({ own }: Awaited<ReturnType<typeof processMetrics>>): string {
  return [
    ...HEAD,
    ...own.flatMap(([process, metrics]) => describeProcess(process, metrics)),
    ...LABELS,
    '',
  ].join('\n');
}

const HEAD = [
  '# Metrics',
  '',
  'Made from the registries of the processes by `UPDATE_GOLDENS=1 npm test -- test/telemetry`; do not edit.',
  '',
  'Each process serves its own at `/metrics` in the text format of Prometheus; where, and how dashboard and alert rules are loaded, says',
  '[operate.md](operate.md#watch). Beside those below every process has `process_*` and `nodejs_*` of Node itself.',
  '',
  "Names that begin with `cicd_` are those of [OpenTelemetry's conventions for CI/CD](https://opentelemetry.io/docs/specs/semconv/cicd/cicd-metrics/)",
  'as Prometheus writes them: `cicd.pipeline.run.duration` in seconds is `cicd_pipeline_run_duration_seconds`. The conventions are still being',
  'developed. What they have no name for begins with `kiln_`.',
  '',
  'Labels have few values and no ids. Counters and histograms start again at zero with their process, which `rate` and `increase` see; an',
  'end that was stored but not yet counted when the controller died is missing in them, not in `kiln stats`, which counts rows. Gauges of builds and workers',
  'are read from PostgreSQL when the page is, at the cost of what is open: they are exact over restarts, and every controller tells the same,',
  'so take the `max`. Without PostgreSQL the page comes without them.',
];

function describeProcess(process: string, metrics: readonly KnownMetric[]): string[] {
  return [
    '',
    `## ${process[0]?.toUpperCase()}${process.slice(1)}`,
    '',
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...[...metrics]
      .sort((a, b) => a.name.localeCompare(b.name, 'en'))
      .map(
        ({ name, type, labels, help }) =>
          `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
      ),
  ];
}

const LABELS = [
  '',
  '## Labels',
  '',
  '- `cicd_pipeline_name`: the build method (`buildx`, `container`, …). Projects and tenants are without bound and are no label: `kiln stats`',
  '  counts by project.',
  '- `cicd_pipeline_run_state`: `pending` (waits for a slot), `executing`, and our own `held` (waits at its gate for a decision). There is no `finalizing`.',
  '- `cicd_pipeline_result`: `success`, `failure` (of the build), `error` (of Kiln or of what it runs on: a lost host, a registry that is away),',
  '  `timeout`, `cancellation`. In a histogram it is with the state in which the build ended, so that each ended build is in one series with',
  '  a result: `pending` when no attempt of it was made, else `executing`; its time in the queue is then in `pending` without one.',
  '- `error_type`: the code of the failure as `kiln show` tells it; of errors of processes the code or class of what was thrown, else `_OTHER`. It is',
  '  not in the histogram of durations, which would be as many times larger.',
  '- `cicd_worker_state`: `available` (has no build), `busy` (takes builds and has some), `offline`, and our own `refusing` (is there and takes no new',
  '  build, as when it is cordoned or short of disk).',
  '- `cicd_system_component`: the process.',
  '- `what` of `kiln_audit_repairs_total`: [operate.md](operate.md#audits).',
];
