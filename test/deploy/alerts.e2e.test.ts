import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../../src/embedded/programs/run-command.js';
import { findPrometheus } from '../support/prometheus.js';
import { ALERT_CASES, type Samples } from './alert-cases.js';

const FILE = new URL('../../deploy/prometheus/alerts.yaml', import.meta.url).pathname;

interface Rule {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly action: string };
}

let promtool: string;
let rules: readonly Rule[];
beforeAll(async () => {
  ({ promtool } = await findPrometheus());
  const { groups } = parse(await readFile(FILE, 'utf8')) as { groups: { rules: Rule[] }[] };
  rules = groups.flatMap((group) => group.rules);
}, 300_000);

/** What promtool says of a test by its own format: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
async function judge(tests: readonly object[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-alerts-'));
  try {
    const file = join(folder, 'test.yml');
    await writeFile(file, JSON.stringify({ rule_files: [FILE], evaluation_interval: '1m', tests }));
    const { code, output } = await runCommand(promtool, ['test', 'rules', file]);
    return code === 0 ? 'passed' : output;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the alert fires at that minute, as these. */
const at = (minute: number, samples: Samples, alert: string, alerts: readonly object[]) => ({
  interval: '1m',
  input_series: Object.entries(samples).map(([series, values]) => ({ series, values })),
  alert_rule_test: [{ eval_time: `${minute}m`, alertname: alert, exp_alerts: alerts }],
});

test('promtool finds no fault in the rules', async () => {
  const { code, output } = await runCommand(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', FILE]);
  expect([code, output]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
});

test('every alert has a case', () => {
  expect(Object.keys(ALERT_CASES).sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

test.each(Object.entries(ALERT_CASES))(
  '%s fires and says what has happened, and does not fire below its bound',
  async (alert, { minute, fires, labels = {}, summary, quiet }) => {
    const rule = rules.find((one) => one.alert === alert)!;
    const fired = {
      exp_labels: { ...rule.labels, ...labels },
      exp_annotations: { summary, action: rule.annotations.action },
    };
    const tests = [
      at(minute, fires, alert, [fired]),
      ...quiet.map((samples) => at(minute, samples, alert, [])),
    ];
    expect(await judge(tests)).toBe('passed');
  },
);
