import type { KeptArtifact } from './artifact.js';
import type { ErrorCode } from '../errors.js';
import type { Materials } from '../images/materials.js';
import type { BaseImage } from '../images/dockerfile/base-image.js';
import type { TestReport } from '../tests/test-report.js';
import type { FailureStage } from './status.js';
import type { BuildWarning } from './warning.js';

/** How one attempt ended, as its supervisor reports it. It stays in PostgreSQL (attempts.outcome), never in a history. */
export interface RunOutcome {
  readonly result: 'succeeded' | 'failed' | 'cancelled' | 'lost';
  readonly exitCode: number | null;
  readonly failure: RunFailure | null;
  /** The image in staging; null unless succeeded. */
  readonly image: InspectedImage | null;
  readonly metrics: RunMetrics;
  /** What lints say of the Dockerfile; they are rows of their own (build_warnings). */
  readonly warnings?: readonly BuildWarning[] | undefined;
  /** What was kept of its stages, stored already; they are rows of their own (build_artifacts). */
  readonly artifacts?: readonly KeptArtifact[] | undefined;
  /** What its test reports say; rows of their own (build_test_reports, build_test_results). */
  readonly tests?: TestReport | undefined;
  /** Name and version of the programs that built it, for its provenance; what a host cannot tell is left out. */
  readonly tools?: Readonly<Record<string, string>> | undefined;
  /** What the image was made from besides its source. */
  readonly materials?: Materials | undefined;
}

/** Why a run failed: which phase, which step, what to do, and whether a retry can help. */
export interface RunFailure {
  readonly code: ErrorCode;
  readonly stage: FailureStage;
  readonly message: string;
  readonly retryable: boolean;
  readonly stepNumber: number | null;
  readonly instruction: string | null;
  readonly exitCode: number | null;
  /** The last lines of the failing step, already masked. */
  readonly lastLines: readonly string[];
}

/** Measured or null; never guessed. Units are in the names. */
export interface RunMetrics {
  readonly sourceDurationMs: number | null;
  readonly buildDurationMs: number | null;
  readonly pushDurationMs: number | null;
  readonly peakMemoryBytes: number | null;
  readonly cpuUsagePercent: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
}

/** A manifest as the registry serves it: read back with its config, mapped to instructions. */
export interface InspectedManifest {
  readonly manifestDigest: string;
  readonly manifestMediaType: string;
  /** Null of an index of several platforms; so are its settings, and it has no layers of its own. */
  readonly configDigest: string | null;
  readonly platform: string | null;
  /** Of an index what is stored for all its platforms. */
  readonly compressedSizeBytes: number;
  /** Known only where every layer's unpacked size is known. */
  readonly uncompressedSizeBytes: number | null;
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly envVars: readonly string[];
  readonly workingDir: string | null;
  /** Null of an image that sets none; absent where an older build host has read it. */
  readonly user?: string | null | undefined;
  readonly layers: readonly InspectedLayer[];
}

/** What the registry serves for a digest. */
export interface InspectedImage extends InspectedManifest {
  readonly repository: string;
  /** What the Dockerfile stands on; null for `scratch`, where it is not known, and for methods without a Dockerfile. */
  readonly baseImage: BaseImage | null;
  /** The images of an index of several platforms, in its order; absent or empty for the image of one. */
  readonly platformImages?: readonly InspectedManifest[] | undefined;
}

/** The manifests that hold the layers of an image: its own, or those of its platforms. */
export function manifestsOf(image: InspectedImage): readonly InspectedManifest[] {
  const { platformImages = [] } = image;
  return platformImages.length === 0 ? [image] : platformImages;
}

export interface InspectedLayer {
  /** From 1, the base first. */
  readonly number: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** The history line of the image config that made the layer. */
  readonly createdBy: string | null;
  /** Null when it cannot be known. */
  readonly isBaseLayer: boolean | null;
  readonly stepNumber: number | null;
}
