import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../../src/embedded/programs/run-command.js';
import { findPrometheus, startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { readPromql } from '../support/promql.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

const DEPLOY = new URL('../../deploy/', import.meta.url).pathname;
const RULES = join(DEPLOY, 'prometheus/alerts.yaml');
const PROCESSES = ['api', 'controller', 'worker', 'supervisor'];

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
const { panels } = JSON.parse(readFileSync(join(DEPLOY, 'grafana/kiln.json'), 'utf8')) as { panels: Panel[] };
const { groups } = parse(readFileSync(RULES, 'utf8')) as {
  groups: { rules: { alert: string; expr: string }[] }[];
};
const rules = groups.flatMap((group) => group.rules);

/** Of things that do not happen here. Their series begin with the first of them, for each operation, code or status its own. */
const BEGIN_LATER = [
  'cicd_system_errors_total',
  'kiln_http_failures_total',
  'kiln_lease_gate_refusals_total',
  'kiln_webhook_deliveries_total',
];

let kiln: TestKiln;
let targets: string[];
let prometheus: TestPrometheus;
beforeAll(async () => {
  await findPrometheus();
  kiln = await startKiln({ KILN_STUB_ENGINE: 'true' }, undefined, ['--slots', '1', '--methods', 'buildx']);
  const folder = join(kiln.stateFolder, 'services');
  targets = PROCESSES.map((name) => {
    const file = readdirSync(folder).find((one) => one === `${name}.json` || one.startsWith(`${name}-`))!;
    return `127.0.0.1:${JSON.parse(readFileSync(join(folder, file), 'utf8')).ports.http}`;
  });
  prometheus = await startPrometheus({ targets, ruleFiles: [RULES] });
}, 300_000);
afterAll(async () => {
  await prometheus?.stop();
  await kiln?.stop();
}, 60_000);

const scraped = async (expression: string): Promise<number> =>
  (await prometheus.query(expression)).reduce((sum, { value }) => sum + value, 0);

/** The name is OpenTelemetry's. */
const NAMED_BY_CONVENTION =
  'cicd_worker_count non-histogram and non-summary metrics should not have "_count" suffix';

test('Prometheus takes the pages of all processes, and promtool finds no fault in the metrics of Kiln', async () => {
  const { promtool } = await findPrometheus();
  for (const target of targets) {
    const page = await (await fetch(`http://${target}/metrics`)).text();
    const { output } = await runCommand(promtool, ['check', 'metrics'], { input: page });
    // Those of Node and of its process are prom-client's.
    const faults = output.split('\n').filter((line) => /error|^(cicd|kiln)_/.test(line));
    expect(faults.filter((line) => line !== NAMED_BY_CONVENTION)).toEqual([]);
  }
});

test('Prometheus evaluates every alert, and what it counts is there before the first of it', async () => {
  await expect.poll(() => scraped('sum(up{job="kiln"})'), { timeout: 60_000 }).toBe(PROCESSES.length);
  const healths = async () => (await prometheus.rules()).map(({ name, health }) => [name, health]);
  await expect.poll(healths, { timeout: 60_000 }).toEqual(rules.map(({ alert }) => [alert, 'ok']));
  const selectors = rules.flatMap(({ expr }) => readPromql(expr).selectors);
  const missing: string[] = [];
  for (const selector of new Set(selectors))
    if ((await prometheus.query(selector)).length === 0) missing.push(selector);
  // Ten of them are no trouble yet, so the first may be missed.
  expect(missing.filter((selector) => !selector.startsWith('cicd_system_errors_total'))).toEqual([]);
});

test('every question of the dashboard has an answer once builds were made, with the labels of its legend', async () => {
  const ended = async (args: Record<string, string>[]) => {
    const builds = await Promise.all(args.map((one) => kiln.build('FROM scratch', { build_args: one })));
    for (const { id } of builds) await kiln.until(id, hasEnded, 120_000);
  };
  const seen = (builds: number) =>
    expect
      .poll(() => scraped('sum(cicd_pipeline_run_duration_seconds_count{cicd_pipeline_result!=""})'), {
        timeout: 60_000,
      })
      .toBe(builds);
  await ended([{ seconds: '1' }, { seconds: '1' }, { exit_code: '1' }]);
  await seen(3);
  await ended([{ seconds: '1' }, { exit_code: '1' }]);
  await seen(5);

  const faults: string[] = [];
  for (const { title, targets: asked = [] } of panels) {
    for (const { expr, legendFormat } of asked) {
      const expression = expr.replaceAll(/\$__(rate_interval|range)/g, '5m');
      const answer = await prometheus.query(expression);
      const isLater = readPromql(expr).metrics.every((name) => BEGIN_LATER.includes(name));
      const values = answer.filter(({ value }) => !Number.isNaN(value));
      if (values.length === 0 && !isLater) faults.push(`${title} has no value: ${expression}`);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        for (const { labels } of answer)
          if (labels[label] === undefined) faults.push(`${title} has no ${label}: ${expression}`);
    }
  }
  expect(faults).toEqual([]);
  const failures = await prometheus.query(
    'sum by (error_type) (increase(cicd_pipeline_run_errors_total[5m]))',
  );
  expect(failures.map(({ labels }) => labels['error_type'])).toEqual(['build_step_failed']);
}, 300_000);
