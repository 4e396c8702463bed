import type { BuildArtifact } from '../../contracts/artifacts.js';
import type { RetentionPolicy } from '../../domain/builds/retention-policy.js';
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
};

const KEPT: Readonly<Record<RetentionPolicy, string>> = {
  permanent: 'for good',
  days_30: '30 days',
  days_90: '90 days',
  days_365: '365 days',
  delete_on_success: 'until success',
};

/** Artifacts as a table: name, what it is, size, how long it is kept, digest. Those that are gone say so. */
export function artifactLines(artifacts: readonly BuildArtifact[], style: Style): string[] {
  const rows = artifacts.map((one) => [
    stripEscapes(one.artifact_name),
    `${TYPES[one.artifact_type]}${one.media_type === 'application/x-tar' ? ', tar' : ''}`,
    formatBytes(one.artifact_size_bytes),
    kept(one),
    `sha256:${one.sha256_digest}`,
  ]);
  const [head = '', ...lines] = tableLines([['NAME', 'TYPE', 'SIZE', 'KEPT', 'DIGEST'], ...rows], Infinity);
  return [
    style.dim(head),
    ...lines.map((line, at) => (artifacts[at]?.is_available ? line : style.dim(line))),
  ];
}

function kept({ is_available: isAvailable, expires_at: expiresAt, ...artifact }: BuildArtifact): string {
  const day = expiresAt?.slice(0, 10);
  if (isAvailable) return day === undefined ? KEPT[artifact.retention_policy] : `until ${day}`;
  if (artifact.artifact_type === 'docker_image') return 'removed';
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return `expired ${day}`;
  return artifact.retention_policy === 'delete_on_success' ? 'deleted on success' : 'lost';
}
