import { parser } from '@prometheus-io/lezer-promql';

/** What a PromQL expression asks for. */
export interface PromqlNames {
  /** The first thing that is no PromQL; null when all is. */
  readonly error: string | null;
  readonly metrics: readonly string[];
  /** With their matchers. */
  readonly selectors: readonly string[];
  /** Of matchers and groupings. */
  readonly labels: readonly string[];
}

/** Parses an expression by the grammar of Prometheus' own editor. Durations that Grafana fills in are five minutes. */
export function readPromql(given: string): PromqlNames {
  const expression = given.replaceAll(/\$__(rate_interval|range|interval)/g, '5m');
  const metrics: string[] = [];
  const selectors: string[] = [];
  const labels: string[] = [];
  let error: string | null = null;
  parser.parse(expression).iterate({
    enter: (node) => {
      const text = expression.slice(node.from, node.to);
      const parent = node.node.parent?.name;
      if (node.type.isError) error ??= `${expression.slice(0, node.to)}<- here`;
      if (node.name === 'Identifier' && parent === 'VectorSelector') metrics.push(text);
      if (node.name === 'VectorSelector') selectors.push(text);
      if (node.name === 'LabelName') labels.push(text);
    },
  });
  return { error, metrics, selectors, labels };
}
