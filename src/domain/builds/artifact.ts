/** What an artifact is: what a build was asked to keep and what its tests report, and what Kiln makes of builds and images. */
export const ARTIFACT_TYPES = [
  'docker_image',
  'sbom',
  'security_scan',
  'test_report',
  'build_log',
  'build_output',
] as const;
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

/** Those that a run keeps of its stages. */
export const STAGE_ARTIFACT_TYPES = ['build_output', 'test_report'] as const satisfies ArtifactType[];
export type StageArtifactType = (typeof STAGE_ARTIFACT_TYPES)[number];

/** Of what a run keeps: a file is kept as it is, a folder as one tar. */
export const STAGE_MEDIA_TYPES = ['application/octet-stream', 'application/x-tar'] as const;
export type StageMediaType = (typeof STAGE_MEDIA_TYPES)[number];

/** Most that a build can name, and the reports of its tests. */
export const MAX_NAMED_ARTIFACTS = 20;
export const MAX_ARTIFACTS = MAX_NAMED_ARTIFACTS + 1;

/** The name of what `tests.reports` keeps. */
export const TEST_REPORT_NAME = 'test-report';

/** What is to be kept of a run. */
export interface NamedArtifact {
  readonly name: string;
  readonly type: StageArtifactType;
}

/** What was kept of a run. Digest (lower-case hex) and size are those of the stored bytes: of a folder, of its tar. */
export interface KeptArtifact extends NamedArtifact {
  readonly mediaType: StageMediaType;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** How a downloaded artifact is called as a file. */
export function artifactFileName(name: string, mediaType: string): string {
  const isTar = mediaType === 'application/x-tar' && !name.endsWith('.tar');
  return isTar ? `${name}.tar` : name;
}
