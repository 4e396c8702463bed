import { z } from 'zod';
import {
  type KeptArtifact,
  MAX_ARTIFACTS,
  STAGE_ARTIFACT_TYPES,
  STAGE_MEDIA_TYPES,
} from '../domain/builds/artifact.js';
import type {
  InspectedImage,
  InspectedLayer,
  InspectedManifest,
  RunFailure,
  RunMetrics,
  RunOutcome,
} from '../domain/builds/outcome.js';
import { FAILURE_STAGES } from '../domain/builds/status.js';
import { STEP_STATUSES, type Step } from '../domain/builds/step-status.js';
import {
  MAX_WARNINGS,
  WARNING_SEVERITIES,
  WARNING_SOURCES,
  type BuildWarning,
} from '../domain/builds/warning.js';
import { MAX_MATERIALS, type Materials } from '../domain/images/materials.js';
import { ERRORS, type ErrorCode } from '../domain/errors.js';
import { TEST_LIMITS, TEST_STATUSES, type TestReport } from '../domain/tests/test-report.js';

/**
 * The longest texts of a report, in UTF-16 units; a supervisor shortens its own to fit. Those below 1000 are widths of columns
 * (migrations: build_steps, build_warnings, image_metadata, image_layers).
 */
export const REPORT_LIMITS = {
  stepName: 2000,
  instructionType: 40,
  stepOutput: 16_384,
  message: 4000,
  errorCode: 40,
  instruction: 4000,
  lastLines: 50,
  lastLine: 2000,
  digest: 100,
  repository: 512,
  baseImageName: 512,
  baseImageTag: 128,
  mediaType: 200,
  platform: 100,
  /** One argument or variable of an image; Linux takes no longer ones. */
  imageText: 131_072,
  imageTexts: 10_000,
  imageUser: 255,
  createdBy: 16_384,
  layers: 50_000,
  platformImages: 100,
  /** numeric(8, 2) */
  cpuUsagePercent: 999_999,
  /** Its whole seconds fit into an int column. */
  durationMs: 2_147_483_000_000,
  position: 1_000_000,
  rule: 100,
  link: 500,
  toolVersion: 100,
  /** Name and tag of an image. */
  reference: 700,
  uri: 2000,
} as const;

const L = REPORT_LIMITS;
const text = (max: number) => z.string().max(max);
const sizeBytes = z.int().min(0);
const durationMs = z.int().min(0).max(L.durationMs);
const position = z.int().min(1).max(L.position);
const digest = z.string().min(1).max(L.digest);
const time = z.iso.datetime();
const imageTexts = z.array(text(L.imageText)).max(L.imageTexts).readonly();

export const StepReport = z.strictObject({
  number: position,
  name: text(L.stepName),
  instructionType: text(L.instructionType).nullable(),
  status: z.enum(STEP_STATUSES),
  cached: z.boolean(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  durationMs: durationMs.nullable(),
  stdout: text(L.stepOutput).nullable(),
  stderr: text(L.stepOutput).nullable(),
  errorMessage: text(L.message).nullable(),
  errorCode: text(L.errorCode).nullable(),
  layerDigest: digest.nullable(),
  layerSizeBytes: sizeBytes.nullable(),
});

const FailureReport = z.strictObject({
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  stage: z.enum(FAILURE_STAGES),
  message: text(L.message),
  retryable: z.boolean(),
  stepNumber: position.nullable(),
  instruction: text(L.instruction).nullable(),
  exitCode: z.int().nullable(),
  lastLines: z.array(text(L.lastLine)).max(L.lastLines).readonly(),
});

const MetricsReport = z.strictObject({
  sourceDurationMs: durationMs.nullable(),
  buildDurationMs: durationMs.nullable(),
  pushDurationMs: durationMs.nullable(),
  peakMemoryBytes: sizeBytes.nullable(),
  cpuUsagePercent: z.number().min(0).max(L.cpuUsagePercent).nullable(),
  diskReadBytes: sizeBytes.nullable(),
  diskWriteBytes: sizeBytes.nullable(),
});

const LayerReport = z.strictObject({
  number: position,
  digest,
  sizeBytes,
  mediaType: text(L.mediaType),
  createdBy: text(L.createdBy).nullable(),
  isBaseLayer: z.boolean().nullable(),
  stepNumber: position.nullable(),
});

const ManifestReport = z.strictObject({
  manifestDigest: digest,
  manifestMediaType: text(L.mediaType),
  configDigest: digest.nullable(),
  platform: text(L.platform).nullable(),
  compressedSizeBytes: sizeBytes,
  uncompressedSizeBytes: sizeBytes.nullable(),
  entrypoint: imageTexts.nullable(),
  cmd: imageTexts.nullable(),
  envVars: imageTexts,
  workingDir: text(L.imageText).nullable(),
  user: text(L.imageUser).nullable().optional(),
  layers: z.array(LayerReport).max(L.layers).readonly(),
});

const WarningReport = z.strictObject({
  foundBy: z.enum(WARNING_SOURCES),
  rule: text(L.rule),
  severity: z.enum(WARNING_SEVERITIES),
  line: position.nullable(),
  column: position.nullable(),
  message: text(L.message),
  link: text(L.link).startsWith('https://').nullable(),
});

const ArtifactReport = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  type: z.enum(STAGE_ARTIFACT_TYPES),
  mediaType: z.enum(STAGE_MEDIA_TYPES),
  sizeBytes,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const ImageReport = ManifestReport.extend({
  repository: text(L.repository).min(1),
  baseImage: z
    .strictObject({
      name: text(L.baseImageName),
      tag: text(L.baseImageTag).nullable(),
      digest: digest.nullable().optional(),
    })
    .nullable(),
  platformImages: z.array(ManifestReport).max(L.platformImages).readonly().optional(),
});

const hexDigest = (digits: 40 | 64) =>
  z
    .string()
    .regex(digits === 40 ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/)
    .nullable();

const MaterialsReport = z.strictObject({
  images: z
    .array(
      z.strictObject({
        reference: text(L.reference).min(1),
        digest: z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/)
          .nullable(),
        isBase: z.boolean().optional(),
        isPinned: z.literal(true).optional(),
      }),
    )
    .max(MAX_MATERIALS)
    .readonly(),
  files: z
    .array(z.strictObject({ uri: text(L.uri).min(1), sha256: hexDigest(64), commit: hexDigest(40) }))
    .max(MAX_MATERIALS)
    .readonly(),
});

const TestsReport = z.strictObject({
  passed: sizeBytes,
  failed: sizeBytes,
  skipped: sizeBytes,
  suites: sizeBytes,
  durationMs: durationMs.nullable(),
  cases: z
    .array(
      z.strictObject({
        suite: text(TEST_LIMITS.name),
        className: text(TEST_LIMITS.name),
        name: text(TEST_LIMITS.name),
        status: z.enum(TEST_STATUSES),
        durationMs: z.int().min(0).max(2_147_483_647).nullable(),
        message: text(TEST_LIMITS.message).nullable(),
        failedTries: sizeBytes,
      }),
    )
    .max(TEST_LIMITS.cases)
    .readonly(),
});

/** How one attempt ended. A success has an image and no failure; everything else has a failure and no image. */
export const OutcomeReport = z
  .strictObject({
    result: z.enum(['succeeded', 'failed', 'cancelled', 'lost']),
    exitCode: z.int().nullable(),
    failure: FailureReport.nullable(),
    image: ImageReport.nullable(),
    metrics: MetricsReport,
    warnings: z.array(WarningReport).max(MAX_WARNINGS).readonly().optional(),
    artifacts: z.array(ArtifactReport).max(MAX_ARTIFACTS).readonly().optional(),
    tests: TestsReport.optional(),
    tools: z.record(text(40), text(L.toolVersion)).optional(),
    materials: MaterialsReport.optional(),
  })
  .refine(({ result, image }) => (result === 'succeeded') === (image !== null), {
    path: ['image'],
    message: 'expected an image exactly when the run succeeded',
  })
  .refine(({ result, failure }) => (result === 'succeeded') === (failure === null), {
    path: ['failure'],
    message: 'expected a failure exactly when the run did not succeed',
  });

/** `true` when both types have the same fields of the same types. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;
/** Does not compile when a schema and its type in the domain part. */
export const SAME_AS_DOMAIN: {
  step: Same<z.infer<typeof StepReport>, Step>;
  failure: Same<z.infer<typeof FailureReport>, RunFailure>;
  metrics: Same<z.infer<typeof MetricsReport>, RunMetrics>;
  layer: Same<z.infer<typeof LayerReport>, InspectedLayer>;
  manifest: Same<z.infer<typeof ManifestReport>, InspectedManifest>;
  image: Same<z.infer<typeof ImageReport>, InspectedImage>;
  warning: Same<z.infer<typeof WarningReport>, BuildWarning>;
  artifact: Same<z.infer<typeof ArtifactReport>, KeptArtifact>;
  tests: Same<z.infer<typeof TestsReport>, TestReport>;
  materials: Same<z.infer<typeof MaterialsReport>, Materials>;
  outcome: Same<z.infer<typeof OutcomeReport>, RunOutcome>;
} = {
  step: true,
  failure: true,
  metrics: true,
  layer: true,
  manifest: true,
  image: true,
  warning: true,
  artifact: true,
  tests: true,
  materials: true,
  outcome: true,
};
