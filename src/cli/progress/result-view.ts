import { tellsRemedy } from '../../domain/images/registry-words.js';
import type { Build, BuildMetrics, BuildStep } from '../../contracts/builds.js';
import type { Publication } from '../../contracts/publications.js';
import { BUILD_STATUS } from '../../domain/builds/status.js';
import { keepOnlyColours, stripEscapes } from '../terminal/escapes.js';
import type { Style } from '../terminal/style.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { publicationProgress, publicationText } from './publication-view.js';
import { formatDuration, plural } from '../terminal/units.js';
import { heldLines, isHeld } from './held-build.js';
import { isCancelledLate } from './cancel-answer.js';
import { elapsedMs, oneLine } from './build-view.js';

/** The last word on a build: what came out, or why it failed and what to do. */
export function resultLines(
  build: Build,
  context: {
    steps: readonly BuildStep[];
    publications?: readonly Publication[];
    metrics?: BuildMetrics | null;
    nowMs: number;
    style: Style;
  },
): string[] {
  const { style } = context;
  const rule = BUILD_STATUS[build.status];
  const name = style.bold(`${build.project}#${build.build_number}`);
  const took = formatDuration(elapsedMs(build, context.nowMs));
  const word = build.result.status === 'timeout' ? 'timed out' : rule.label;
  const head = (mark: string, text: string): string =>
    `${style.tone[rule.tone](mark)} ${name} ${style.tone[rule.tone](text)}`;
  const pushed = (context.publications ?? []).flatMap((one) =>
    row('pushed', `${one.repository}: ${publicationText(one)}`, style),
  );
  switch (build.status) {
    case 'success':
      return [
        `${head('✓', word)} in ${took}${stepSummary(context.steps)}`,
        ...imageRows(build, context.metrics ?? null, style),
        ...pushed,
        ...cancelRow(build, style),
        ...warningRow(build, style),
      ];
    case 'failed':
      return [
        `${head('✗', word)} after ${took}`,
        ...failureRows(build, context.steps, style),
        ...pushed,
        ...warningRow(build, style),
      ];
    case 'cancelled':
      return [
        `${head('✗', word)} after ${took}`,
        ...row('reason', build.result.failure_reason ?? build.error_message, style),
        ...pushed,
        ...retryHint(build).map((text) => `  ${style.dim(text)}`),
      ];
    case 'queued':
    case 'in_progress':
      if (isHeld(build))
        return [
          `${head('·', 'held')} ${style.dim(`after ${took}`)}`,
          ...row('waits', build.queue_reason, style),
          ...heldLines(build),
        ];
      return [
        `${head('·', word)} since ${took}`,
        ...cancelRow(build, style),
        ...(context.publications ?? []).flatMap((one) =>
          row('push', `${one.repository}: ${publicationProgress(one)}`, style),
        ),
      ];
  }
}

function imageRows(build: Build, metrics: BuildMetrics | null, style: Style): string[] {
  const { output_image_url: image, output_image_digest: digest } = build.result;
  return [
    ...row('image', image, style),
    ...row('digest', digest, style),
    ...row('image gone', build.result.image_deleted_at, style),
    ...row('tags', build.destinations.length > 0 ? build.destinations.join(', ') : null, style),
    ...row(
      'size',
      metrics?.final_image_size_bytes == null ? null : formatBytes(metrics.final_image_size_bytes),
      style,
    ),
  ];
}

function failureRows(build: Build, steps: readonly BuildStep[], style: Style): string[] {
  const { result } = build;
  const reason = result.failure_reason ?? build.error_message;
  const number = result.failure_step;
  const name =
    result.failure_instruction ?? steps.find((step) => step.step_number === number)?.step_name ?? null;
  const step = number === null ? name : `#${number} ${name ?? ''}`;
  return [
    ...row('reason', reason, style),
    ...row('stage', result.failure_stage, style),
    ...row('step', step === null ? null : oneLine(step), style),
    ...row('exit code', result.exit_code === null ? null : String(result.exit_code), style),
    ...result.failure_last_lines.map((line) => `  ${style.tone.bad('│')} ${keepOnlyColours(line)}`),
    ...row('to do', tellsRemedy(reason ?? '') ? null : result.failure_fix, style),
    ...retryHint(build).map((text) => `  ${style.dim(text)}`),
  ];
}

function retryHint({ project, build_number, result }: Build): string[] {
  const command = `kiln retry ${project}#${build_number}`;
  if (result.resumable_from !== null)
    return [
      `The image is finished; push it without building again: ${command} --from ${result.resumable_from}`,
    ];
  return result.retryable === true ? [`The same build may succeed when it is run again: ${command}`] : [];
}

function warningRow({ project, build_number, result }: Build, style: Style): string[] {
  const { warning_count: count } = result;
  const text = `${plural(count, 'warning')}: kiln show ${project}#${build_number} --warnings`;
  return row('warnings', count === 0 ? null : text, style);
}

/** Of a cancel that came too late for the publication; the reason of a build that did not succeed says it by itself. */
function cancelRow(build: Build, style: Style): string[] {
  const { cancel_requested_at: askedAt, publish_began_at: begunAt } = build;
  if (!isCancelledLate(build)) return [];
  return row('cancel', `asked for at ${askedAt}; the publication had begun at ${begunAt}`, style);
}

/** One labelled row; nothing when there is no value. */
export function row(label: string, value: string | null, style: Style): string[] {
  return value === null || value === '' ? [] : [`  ${style.dim(label.padEnd(10))} ${stripEscapes(value)}`];
}

function stepSummary(steps: readonly BuildStep[]): string {
  if (steps.length === 0) return '';
  const cached = steps.filter((step) => step.cached).length;
  return ` (${plural(steps.length, 'step')}, ${cached} cached)`;
}
