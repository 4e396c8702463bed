import type { KeptArtifact } from '../domain/builds/artifact.js';
import type { InspectedImage } from '../domain/builds/outcome.js';
import type { ReportTrouble, TestReport } from '../domain/tests/test-report.js';
import type { RegistryCredential } from './secrets.js';

/** What the reports say, unmasked, and why some could not be read. `report` is null where none could. */
export interface ReadReports {
  readonly report: TestReport | null;
  readonly troubles: readonly ReportTrouble[];
}

/** Reads a kept file, or a folder that was kept as a tar. What is wrong with a report is a trouble, never an error. */
export type ReadTestReports = (
  artifact: Pick<KeptArtifact, 'name' | 'mediaType'>,
  path: string,
) => Promise<ReadReports>;

/**
 * Writes what an image has at an absolute path as the tar of one artifact (`ArtifactTar`), out of its layers, without those of its base image.
 * Raises `artifact_too_large`, and the errors of registries.
 */
export type TakeFromImage = (
  image: InspectedImage,
  path: string,
  into: { readonly tar: string; readonly maxBytes: number },
  credentials: readonly RegistryCredential[],
  signal: AbortSignal,
) => Promise<void>;
