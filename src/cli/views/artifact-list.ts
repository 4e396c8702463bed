import type { BuildArtifact } from '../../contracts/artifacts.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { stripEscapes } from '../terminal/escapes.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';

const TYPES: Readonly<Record<BuildArtifact['artifact_type'], string>> = {
  docker_image: 'image',
  sbom: 'sbom',
  security_scan: 'scan',
  test_report: 'test report',
  build_log: 'log',
  build_output: 'output',
  provenance: 'provenance',
};

/** Artifacts as a table: name, what it is, size, digest. */
export function artifactLines(artifacts: readonly BuildArtifact[], style: Style): string[] {
  const rows = artifacts.map((one) => [
    stripEscapes(one.artifact_name),
    `${TYPES[one.artifact_type]}${one.media_type === 'application/x-tar' ? ', tar' : ''}`,
    one.is_available ? formatBytes(one.artifact_size_bytes) : 'lost',
    `sha256:${one.sha256_digest}`,
  ]);
  const [head = '', ...lines] = tableLines([['NAME', 'TYPE', 'SIZE', 'DIGEST'], ...rows], Infinity);
  return [style.dim(head), ...lines];
}
