import { REPORT_LIMITS as L } from '../contracts/run-report.js';
import type {
  InspectedImage,
  InspectedManifest,
  RunFailure,
  RunMetrics,
  RunOutcome,
} from '../domain/builds/outcome.js';
import { MAX_MATERIALS, type Materials } from '../domain/images/materials.js';
import type { Step } from '../domain/builds/step-status.js';
import { TEST_LIMITS, type TestReport } from '../domain/tests/test-report.js';
import { MAX_WARNINGS, type BuildWarning } from '../domain/builds/warning.js';

const CUT = '…';

/** The step as the api takes it: texts shortened, NUL and lone surrogates replaced, odd numbers and times left out. */
export function fitStep(step: Step): Step {
  return {
    ...step,
    name: head(step.name, L.stepName),
    instructionType: orNull(step.instructionType, (text) => head(text, L.instructionType)),
    startedAt: orNull(step.startedAt, fitTime),
    completedAt: orNull(step.completedAt, fitTime),
    durationMs: whole(step.durationMs, L.durationMs),
    stdout: orNull(step.stdout, (text) => tail(text, L.stepOutput)),
    stderr: orNull(step.stderr, (text) => tail(text, L.stepOutput)),
    errorMessage: orNull(step.errorMessage, (text) => head(text, L.message)),
    errorCode: orNull(step.errorCode, (text) => head(text, L.errorCode)),
    layerDigest: orNull(step.layerDigest, (text) => head(text, L.digest)),
    layerSizeBytes: whole(step.layerSizeBytes),
  };
}

/** The outcome as the api takes it. */
export function fitOutcome(outcome: RunOutcome): RunOutcome {
  return {
    ...outcome,
    failure: orNull(outcome.failure, fitFailure),
    image: orNull(outcome.image, fitImage),
    metrics: fitMetrics(outcome.metrics),
    warnings: outcome.warnings?.slice(0, MAX_WARNINGS).map(fitWarning),
    tests: outcome.tests && fitTests(outcome.tests),
    materials: outcome.materials && fitMaterials(outcome.materials),
  };
}

function fitWarning(warning: BuildWarning): BuildWarning {
  const place = (from: number | null): number | null => (from !== null && from <= L.position ? from : null);
  return {
    ...warning,
    rule: head(warning.rule, L.rule),
    line: place(warning.line),
    column: place(warning.column),
    message: head(warning.message, L.message),
    link:
      warning.link !== null && warning.link.length <= L.link && isLink(warning.link) ? warning.link : null,
  };
}

/** Visible ASCII only, as addresses are written. */
function isLink(text: string): boolean {
  return /^https:\/\/[\x21-\x7e]+$/.test(text);
}

/** A name or address that was cut would pass for another. */
function fitMaterials({ images, files }: Materials): Materials {
  return {
    images: images.filter(({ reference }) => reference.length <= L.reference).slice(0, MAX_MATERIALS),
    files: files.filter(({ uri }) => uri.length <= L.uri && clean(uri) === uri).slice(0, MAX_MATERIALS),
  };
}

function fitTests(report: TestReport): TestReport {
  return {
    ...report,
    durationMs: whole(report.durationMs, L.durationMs),
    cases: report.cases.slice(0, TEST_LIMITS.cases).map((one) => ({
      ...one,
      suite: head(one.suite, TEST_LIMITS.name),
      className: head(one.className, TEST_LIMITS.name),
      name: head(one.name, TEST_LIMITS.name),
      message: orNull(one.message, (text) => head(text, TEST_LIMITS.message)),
    })),
  };
}

function fitFailure(failure: RunFailure): RunFailure {
  return {
    ...failure,
    message: head(failure.message, L.message),
    instruction: orNull(failure.instruction, (text) => head(text, L.instruction)),
    lastLines: failure.lastLines.slice(-L.lastLines).map((line) => head(line, L.lastLine)),
  };
}

function fitMetrics(metrics: RunMetrics): RunMetrics {
  const cpu = metrics.cpuUsagePercent;
  return {
    sourceDurationMs: whole(metrics.sourceDurationMs, L.durationMs),
    buildDurationMs: whole(metrics.buildDurationMs, L.durationMs),
    pushDurationMs: whole(metrics.pushDurationMs, L.durationMs),
    peakMemoryBytes: whole(metrics.peakMemoryBytes),
    cpuUsagePercent: cpu !== null && cpu >= 0 && cpu <= L.cpuUsagePercent ? cpu : null,
    diskReadBytes: whole(metrics.diskReadBytes),
    diskWriteBytes: whole(metrics.diskWriteBytes),
  };
}

function fitImage(image: InspectedImage): InspectedImage {
  return { ...fitManifest(image), platformImages: image.platformImages?.map(fitManifest) };
}

function fitManifest<M extends InspectedManifest>(image: M): M {
  const texts = (list: readonly string[]): string[] =>
    list.slice(0, L.imageTexts).map((text) => head(text, L.imageText));
  return {
    ...image,
    manifestMediaType: head(image.manifestMediaType, L.mediaType),
    platform: orNull(image.platform, (text) => head(text, L.platform)),
    entrypoint: orNull(image.entrypoint, texts),
    cmd: orNull(image.cmd, texts),
    envVars: texts(image.envVars),
    workingDir: orNull(image.workingDir, (text) => head(text, L.imageText)),
    // A name that was cut would pass for another user.
    user: (image.user?.length ?? 0) > L.imageUser ? undefined : image.user,
    layers: image.layers.map((layer) => ({
      ...layer,
      mediaType: head(layer.mediaType, L.mediaType),
      createdBy: orNull(layer.createdBy, (text) => head(text, L.createdBy)),
    })),
  };
}

/** The beginning of a text; the cut is shown. */
function head(text: string, max: number): string {
  return clean(text.length <= max ? text : `${text.slice(0, max - CUT.length)}${CUT}`);
}

/** The end of a text, from the start of a line where there is one. */
function tail(text: string, max: number): string {
  if (text.length <= max) return clean(text);
  const kept = text.slice(text.length - max + CUT.length + 1);
  const line = kept.indexOf('\n') + 1;
  return clean(`${CUT}\n${line < kept.length ? kept.slice(line) : kept}`);
}

/** NUL is shown as its symbol; a lone surrogate, also one that a cut has left, becomes U+FFFD. */
function clean(text: string): string {
  return text.replaceAll('\u0000', '\u2400').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Null for a time that no clock of today shows. */
function fitTime(text: string): string | null {
  const ms = Date.parse(text);
  return ms >= 0 && ms < Date.UTC(9999, 0) ? new Date(ms).toISOString() : null;
}

/** A measure as a whole number from 0; null when it cannot be one. */
function whole(value: number | null, max: number = Number.MAX_SAFE_INTEGER): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Math.min(Math.max(0, Math.round(value)), max);
}

function orNull<T, R>(value: T | null, fit: (value: T) => R): R | null {
  return value === null ? null : fit(value);
}
