import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { KilnError } from '../../src/domain/errors.js';
import { openControllerMetrics } from '../../src/main/controller-metrics.js';
import type { ServiceLoad } from '../../src/ports/service-load.js';
import { countSystemErrors } from '../../src/telemetry/cicd-metrics.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createRegistry, metricsPage } from '../../src/telemetry/metrics.js';

const LOAD: ServiceLoad = {
  builds: [{ method: 'buildx', state: 'pending', count: 2 }],
  longestWaitMs: 90_000,
  workers: { available: 1, busy: 2, refusing: 0, offline: 0 },
};

function opened(readLoad: () => Promise<ServiceLoad> = () => Promise.resolve(LOAD)) {
  const registry = createRegistry();
  const log = createLogger({ process: 'controller', level: 'silent' }, new Writable());
  const { countEnded } = openControllerMetrics(registry, { read: readLoad }, log);
  const linesOf = async (name: string) => {
    const { text } = await metricsPage(registry);
    return text.split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
  };
  return { countEnded, linesOf };
}

it('has each ended build in one series with a result, and its time in the queue apart', async () => {
  const { countEnded, linesOf } = opened();
  const build = { method: 'buildx', queuedMs: 2_000, executionMs: 40_000 } as const;
  countEnded({ ...build, result: 'success', failureCode: null });
  countEnded({ ...build, result: 'failed', failureCode: 'disk_full' });
  countEnded({ ...build, result: 'cancelled', failureCode: 'cancelled', executionMs: null });

  const name = 'cicd_pipeline_name="buildx",cicd_pipeline_run_state';
  expect((await linesOf('cicd_pipeline_run_duration_seconds_sum')).sort()).toEqual([
    `cicd_pipeline_run_duration_seconds_sum{${name}="executing",cicd_pipeline_result="error"} 40`,
    `cicd_pipeline_run_duration_seconds_sum{${name}="executing",cicd_pipeline_result="success"} 40`,
    `cicd_pipeline_run_duration_seconds_sum{${name}="pending",cicd_pipeline_result="cancellation"} 2`,
    `cicd_pipeline_run_duration_seconds_sum{${name}="pending"} 4`,
  ]);
  expect(await linesOf('cicd_pipeline_run_errors_total')).toEqual([
    'cicd_pipeline_run_errors_total{cicd_pipeline_name="buildx",error_type="disk_full"} 1',
  ]);
});

it('starts at zero what alerts look at, so that the first increase is seen', async () => {
  const registry = createRegistry();
  const log = createLogger({ process: 'controller', level: 'silent' }, new Writable());
  openControllerMetrics(registry, { read: () => Promise.resolve(LOAD) }, log);
  const { text } = await metricsPage(registry);
  expect(text).toContain('kiln_audit_repairs_total{what="abandoned"} 0');
  expect(text).toContain('kiln_audit_repairs_total{what="schedule_missed"} 0');
  expect(text).toContain('kiln_tag_repairs_total{what="stuck"} 0');
  expect(text).toContain('kiln_notification_outcomes_total{kind="webhook",outcome="dead"} 0');
  expect(text).toContain(
    'cicd_pipeline_run_duration_seconds_count{cicd_pipeline_name="buildx",cicd_pipeline_run_state="executing",cicd_pipeline_result="error"} 0',
  );
});

it('reads builds and workers once for a page, and comes without them when they cannot be read', async () => {
  let reads = 0;
  let fails = false;
  const { linesOf } = opened(() => {
    reads += 1;
    return fails ? Promise.reject(new KilnError('unavailable')) : Promise.resolve(LOAD);
  });
  expect(await linesOf('cicd_pipeline_run_active')).toEqual([
    'cicd_pipeline_run_active{cicd_pipeline_name="buildx",cicd_pipeline_run_state="pending"} 2',
  ]);
  expect(reads).toBe(1);
  expect(await linesOf('cicd_worker_count')).toHaveLength(2);
  expect(await linesOf('kiln_queue_longest_wait_seconds')).toEqual(['kiln_queue_longest_wait_seconds 90']);

  fails = true;
  expect(await linesOf('cicd_')).toEqual([]);
  expect(await linesOf('kiln_queue_longest_wait_seconds')).toEqual([]);
  fails = false;
  expect(await linesOf('cicd_worker_count')).toHaveLength(2);
});

it('counts what a process logs as an error, by its code or class', async () => {
  const registry = createRegistry();
  const written = new Writable({ write: (_chunk, _encoding, done) => done() });
  const onError = countSystemErrors(registry, 'api');
  const log = createLogger({ process: 'api', level: 'info', onError }, written);
  log.error({ error: new KilnError('unavailable') }, 'x');
  log.error({ err: new TypeError('x') }, 'x');
  log.child({ loop: 'audit' }).error('words only');
  log.fatal(new RangeError('x'));
  log.warn({ error: new KilnError('unavailable') }, 'x');

  const { text } = await metricsPage(registry);
  const counted = [
    ...text.matchAll(/cicd_system_errors_total\{cicd_system_component="api",error_type="(\w+)"\} 1/g),
  ];
  expect(counted.map(([, type]) => type)).toEqual(['unavailable', 'TypeError', '_OTHER', 'RangeError']);
});
