import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type KnownMetric, processMetrics } from '../support/process-metrics.js';
import { readPromql } from '../support/promql.js';

const DEPLOY = new URL('../../deploy/', import.meta.url).pathname;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary?: string; readonly action?: string };
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { groups } = parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yaml'), 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana/kiln.json'), 'utf8')) as {
  readonly uid: string;
  readonly panels: readonly Panel[];
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** Labels by the name under which samples are stored. */
const known = new Map<string, ReadonlySet<string>>();
/** What Prometheus itself adds to every sample. */
const OF_PROMETHEUS = ['job', 'instance'];

beforeAll(async () => {
  const { own, runtime } = await processMetrics();
  known.set('up', new Set(OF_PROMETHEUS));
  for (const metric of [...own.flatMap(([, metrics]) => metrics), ...runtime])
    for (const [name, labels] of samplesOf(metric))
      known.set(name, new Set([...(known.get(name) ?? []), ...labels, ...OF_PROMETHEUS]));
});

function samplesOf({ name, type, labels }: KnownMetric): [string, readonly string[]][] {
  if (type !== 'histogram') return [[name, labels]];
  return [
    [`${name}_bucket`, [...labels, 'le']],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
}

it.each(expressions)('%s: %s is PromQL over metrics and labels that there are', (_of, expression) => {
  const { error, metrics, labels } = readPromql(expression);
  expect(error).toBeNull();
  expect(metrics).not.toEqual([]);
  expect(metrics.filter((name) => !known.has(name))).toEqual([]);
  const ofMetrics = new Set(metrics.flatMap((name) => [...(known.get(name) ?? [])]));
  expect(labels.filter((label) => !ofMetrics.has(label))).toEqual([]);
});

it('refuses what is no PromQL, and sees names in every part of an expression', () => {
  expect(readPromql('sum(rate(a_total[5m])').error).not.toBeNull();
  expect(readPromql('sum by (what) (increase(a_total{kind="x"}[$__rate_interval])) / b')).toEqual({
    error: null,
    metrics: ['a_total', 'b'],
    selectors: ['a_total{kind="x"}', 'b'],
    labels: ['what', 'kind'],
  });
});

it('says of each alert what it is and what to do', () => {
  const silent = rules.filter(
    ({ annotations, labels }) =>
      (annotations.summary ?? '') === '' ||
      (annotations.action ?? '') === '' ||
      !['warning', 'critical'].includes(labels.severity),
  );
  expect(silent.map(({ alert }) => alert)).toEqual([]);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

it('has panels of their own place and id', () => {
  const all = dashboard.panels;
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const places = all.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}:${y + Math.floor(cell / w)}`),
  );
  expect(new Set(places).size).toBe(places.length);
  expect(all.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});

it('names in a legend only what its expression keeps', () => {
  const wrong = panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr, legendFormat }) =>
      [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
        .map(([, label]) => label ?? '')
        .filter((label) => !readPromql(expr).labels.includes(label) && label !== 'instance')
        .map((label) => `${title}: ${label}`),
    ),
  );
  expect(wrong).toEqual([]);
});
