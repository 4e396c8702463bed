import type { BuildArtifact } from '../../contracts/artifacts.js';
import type {
  Attempt,
  BaseImageUse,
  Build,
  BuildCacheMiss,
  BuildLayer,
  BuildMetrics,
  BuildStep,
  BuildWarning,
  StatusChange,
} from '../../contracts/builds.js';
import type { BuildTests } from '../../contracts/tests.js';
import type { QueuedBuild } from '../../contracts/queue.js';
import type { Publication } from '../../contracts/publications.js';
import { BUILD_STATUS } from '../../domain/builds/status.js';
import { WORKER_REMOVED } from '../../domain/dispatch/lease.js';
import { GATE_STATUS } from '../../domain/gates/gate-status.js';
import { lastSeen, oneLine, stepLine, type Canvas } from '../progress/build-view.js';
import { isHeld } from '../progress/held-build.js';
import { startText } from '../progress/queue-place.js';
import { resultLines, row } from '../progress/result-view.js';
import type { Style } from '../terminal/style.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { formatAge, formatDuration, plural } from '../terminal/units.js';
import { hangingLines } from '../terminal/wrap.js';
import { artifactLines } from './artifact-list.js';
import { testTotals } from './test-list.js';
import { warningLines } from './warning-list.js';
import { triggerText } from './trigger-text.js';

const SHOWN_WARNINGS = 5;

/** Everything that `kiln show` prints, and prints as JSON. */
export interface BuildPage {
  readonly build: Build;
  /** Its place in the queue; null where it waits for no slot. */
  readonly queue: QueuedBuild | null;
  /** The build with its retries, the first one first. */
  readonly chain: readonly Build[];
  readonly steps: readonly BuildStep[];
  readonly cache_misses: readonly BuildCacheMiss[];
  readonly attempts: readonly Attempt[];
  readonly history: readonly StatusChange[];
  readonly metrics: BuildMetrics;
  readonly publications: readonly Publication[];
  readonly layers: readonly BuildLayer[];
  readonly base_images: readonly BaseImageUse[];
  readonly warnings: readonly BuildWarning[];
  readonly artifacts: readonly BuildArtifact[];
  /** With the first cases only. */
  readonly tests: BuildTests;
}

/** A build as one page: outcome, origin, steps, attempts, history. */
export function buildPage(page: BuildPage, canvas: Canvas): string[] {
  const { build, metrics } = page;
  const { style, nowMs } = canvas;
  const attempt = Math.max(0, ...page.steps.map((step) => step.attempt));
  const steps = page.steps.filter((step) => step.attempt === attempt);
  return [
    ...resultLines(build, { steps, publications: page.publications, metrics, nowMs, style }),
    ...removalRows(build, style),
    ...section('Build', [...originRows(page, canvas), ...measureRows(page, style)], style),
    ...section('Gate', gateRows(page, style), style),
    ...section('Retries', chainLines(page, style), style),
    ...section(
      'Steps',
      lastSeen(build, steps).flatMap((step) => [stepLine(step, canvas), ...missLines(step, page, canvas)]),
      style,
    ),
    ...section('Warnings', warningsOf(page, canvas), style),
    ...section('Artifacts', artifactRows(page, style), style),
    ...section(
      'Attempts',
      page.attempts.flatMap((one) => hangingLines(attemptLine(one, canvas), canvas.columns, 2)),
      style,
    ),
    ...section(
      'History',
      page.history.flatMap((change) => hangingLines(changeLine(change, style), canvas.columns, 2)),
      style,
    ),
    '',
    ...(build.removal === null ? [style.dim(`Log: kiln logs ${build.project}#${build.build_number}`)] : []),
  ];
}

/** What retention has taken, since when and by which rule. */
function removalRows({ removal }: Build, style: Style): string[] {
  if (removal === null) return [];
  const what = removal.what === 'log' ? 'its log' : 'all but its record';
  return row(
    'removed',
    `${what}, since ${removal.removed_at.slice(0, 16).replace('T', ' ')} UTC: ${removal.because}`,
    style,
  );
}

/** Why a step ran that a cache could have had; the first build of a kind need not say it of each. */
function missLines(step: BuildStep, page: BuildPage, { columns, style }: Canvas): string[] {
  const miss = page.cache_misses.find((one) => one.step_number === step.step_number);
  if (miss === undefined || miss.reason === 'first_build') return [];
  return hangingLines(`ran: ${oneLine(miss.message)}`, columns, 4).map((line) => style.dim(line));
}

/** The first few; the row of the result says how to see all. */
function warningsOf({ warnings }: BuildPage, canvas: Canvas): string[] {
  const lines = warningLines(warnings.slice(0, SHOWN_WARNINGS), canvas, { withLinks: false });
  const more = warnings.length - SHOWN_WARNINGS;
  if (warnings.length === 0) return [];
  return [...lines, ...(more > 0 ? [canvas.style.dim(`… ${more} more`)] : [])];
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

/** What the page does not show anyway. */
function artifactRows({ artifacts }: BuildPage, style: Style): string[] {
  const own = artifacts.filter((one) => !['docker_image', 'build_log'].includes(one.artifact_type));
  return own.length === 0 ? [] : artifactLines(own, style);
}

function originRows(page: BuildPage, { style, nowMs }: Canvas): string[] {
  const { build } = page;
  const commit = [
    build.git_commit?.slice(0, 12),
    build.branch && `on ${build.branch}`,
    build.author && `by ${build.author}`,
  ];
  return [
    ...row('id', build.id, style),
    ...row('method', build.build_method, style),
    ...row('trust', build.trust, style),
    ...row('tests', testsText(page), style),
    // Of a held build the first lines say it, with what was found.
    ...row('waits', isHeld(build) ? null : build.queue_reason, style),
    ...row('starts', page.queue && startText(page.queue, nowMs), style),
    ...row('position', page.queue && `${page.queue.position} of the queue: kiln queue`, style),
    ...row('retry', retryText(page), style),
    ...row('started by', startedBy(page), style),
    ...row('commit', commit.filter(Boolean).join(' '), style),
    ...row('message', build.message, style),
    ...row('created', `${build.created_at} (${formatAge(build.created_at, nowMs)})`, style),
    ...row('workflow', build.workflow_id, style),
    ...row('trace', build.trace_id ?? null, style),
  ];
}

function testsText({ build, tests: { report } }: BuildPage): string | null {
  return report && `${testTotals(report)}: kiln tests ${build.project}#${build.build_number}`;
}

/** What the gate of the project has found, and who decided. */
function gateRows({ build }: BuildPage, style: Style): string[] {
  const { gate } = build;
  if (gate == null) return [];
  const rule = GATE_STATUS[gate.status];
  const decided = gate.decided_by === null ? null : `${gate.decided_by}, ${gate.decided_at}`;
  return [
    `  ${style.dim('status'.padEnd(10))} ${style.tone[rule.tone](rule.label)}`,
    ...(isHeld(build) ? [] : gate.findings).flatMap((finding) => row('found', finding, style)),
    ...row('asked', gate.requested_at, style),
    ...row('until', gate.status === 'held' ? gate.expires_at : null, style),
    ...row('decided by', decided, style),
    ...row('why', gate.why, style),
  ];
}

/** What started the build; of a retry the build before it by its number. */
function startedBy({ build, chain }: BuildPage): string {
  const before = chain.find((one) => one.id === build.result.retry_of_build_id);
  return before === undefined ? triggerText(build) : `hand, retry of #${before.build_number}`;
}

/** `2 of build #5`; null for a build that is no retry. */
function retryText({ build, chain }: BuildPage): string | null {
  if (!build.result.is_retry) return null;
  const first = chain.find((one) => one.id === build.result.original_build_id);
  return `${build.result.retry_count} of build ${first === undefined ? build.result.original_build_id : `#${first.build_number}`}`;
}

/** The chain that the build belongs to, with a mark at the build; nothing for a build without retries. */
function chainLines({ build, chain }: BuildPage, style: Style): string[] {
  if (chain.length < 2) return [];
  return chain.map((one) => {
    const rule = BUILD_STATUS[one.status];
    const role = one.result.is_retry ? `retry ${one.result.retry_count}` : 'first';
    const reason =
      one.result.failure_code === null ? '' : style.dim(` (${oneLine(one.result.failure_code)})`);
    const mark = one.id === build.id ? '>' : ' ';
    return `${mark} #${one.build_number} ${role}: ${style.tone[rule.tone](rule.label)}${reason}`;
  });
}

function measureRows({ build, metrics, layers, base_images }: BuildPage, style: Style): string[] {
  const duration = (label: string, ms: number | null): string | null =>
    ms === null ? null : `${label} ${formatDuration(ms)}`;
  const { result } = build;
  const times = [
    duration('queue', result.queue_wait_milliseconds),
    duration('build', result.build_execution_milliseconds),
    duration('push', result.artifact_push_milliseconds),
  ];
  const memory =
    metrics.peak_memory_usage_mb === null ? null : formatBytes(metrics.peak_memory_usage_mb * 1_000_000);
  const cpu = metrics.cpu_usage_percent;
  return [
    ...row('times', times.filter(Boolean).join(', '), style),
    ...row('memory', memory && `${memory} at most`, style),
    ...row('CPU', cpu === null ? null : `${cpu} % of one on average`, style),
    ...layerRows(layers, style),
    ...baseRows(base_images, style),
  ];
}

/** The images that it was made from, each with the digest that its name stood for. */
function baseRows(images: readonly BaseImageUse[], style: Style): string[] {
  return images.flatMap(({ reference, digest, is_base: isBase }) =>
    row(
      isBase ? 'base image' : 'used image',
      `${oneLine(reference)}${digest === null ? '' : `@${digest}`}`,
      style,
    ),
  );
}

/** One row; where the image is an index, one for each of its platforms. */
function layerRows(layers: readonly BuildLayer[], style: Style): string[] {
  const platforms = [...new Set(layers.map(({ platform }) => platform))];
  return platforms.flatMap((platform) => {
    const own = layers.filter((layer) => layer.platform === platform);
    const size = own.reduce((sum, layer) => sum + layer.layer_size_bytes, 0);
    const of = platforms.length > 1 ? `${oneLine(platform ?? 'unknown platform')}: ` : '';
    return row('layers', `${of}${plural(own.length, 'layer')}, ${formatBytes(size)}`, style);
  });
}

/** On which host, how it ended and why, when it began and how long it took. */
function attemptLine(attempt: Attempt, { style, nowMs }: Canvas): string {
  const ended = attempt.ended_at === null ? 'running' : (attempt.ended_reason ?? 'ended');
  const by = attempt.ended_reason === WORKER_REMOVED ? 'by an operator: it does not count as lost' : null;
  const because = attempt.failure_code ?? by;
  const why = because === null ? '' : ` (${because})`;
  const log = `${plural(attempt.log_lines, 'log line')}${attempt.log_note === null ? '' : ` (${attempt.log_note})`}`;
  const endMs = attempt.ended_at === null ? nowMs : Date.parse(attempt.ended_at);
  const took = formatDuration(endMs - Date.parse(attempt.started_at));
  return `#${attempt.attempt} on ${oneLine(attempt.worker_name)}: ${oneLine(ended + why)} ${style.dim(`· ${attempt.started_at}, ${took} · ${oneLine(log)}`)}`;
}

function changeLine(change: StatusChange, style: Style): string {
  const rule = BUILD_STATUS[change.to_status];
  const reason = change.reason === null ? '' : style.dim(` (${oneLine(change.reason)})`);
  return `${style.dim(change.changed_at)}  ${style.tone[rule.tone](rule.label)}${reason}`;
}
