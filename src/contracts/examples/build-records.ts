import type { BuildArtifact } from '../artifacts.js';
import type {
  Attempt,
  BaseImageUse,
  BuildCacheMiss,
  BuildLayer,
  BuildMetrics,
  BuildStep,
  BuildWarning,
  LogChunk,
  StatusChange,
} from '../builds.js';
import { FINISHED_BUILD } from './builds.js';
import { HELLO, HELLO_SHA256 } from './uploads.js';
import { at, BASE_IMAGE_DIGEST, BASE_LAYER_DIGEST, OWN_LAYER_DIGEST } from './names.js';

export const STEPS: readonly BuildStep[] = [
  {
    attempt: 1,
    step_number: 1,
    step_name: 'FROM registry.example.com/base/go:1.26',
    instruction_type: 'FROM',
    status: 'success',
    cached: true,
    layer_digest: BASE_LAYER_DIGEST,
    layer_size_bytes: 31_457_280,
    stdout: null,
    stderr: null,
    error_message: null,
    error_code: null,
    started_at: at(2),
    completed_at: at(2),
    duration_seconds: 0,
    duration_milliseconds: 0,
  },
  {
    attempt: 1,
    step_number: 2,
    step_name: 'RUN go build -o /app',
    instruction_type: 'RUN',
    status: 'success',
    cached: false,
    layer_digest: OWN_LAYER_DIGEST,
    layer_size_bytes: 4_194_304,
    stdout: 'app\n',
    stderr: null,
    error_message: null,
    error_code: null,
    started_at: at(2),
    completed_at: at(11),
    duration_seconds: 9,
    duration_milliseconds: 9_000,
  },
];

export const WARNINGS: readonly BuildWarning[] = [
  {
    found_by: 'hadolint',
    rule: 'DL3025',
    severity: 'warning',
    line_number: 4,
    column_number: 1,
    message: 'Use arguments JSON notation for CMD and ENTRYPOINT arguments',
    link: 'https://github.com/hadolint/hadolint/wiki/DL3025',
  },
];

export const ARTIFACTS: readonly BuildArtifact[] = [
  {
    artifact_name: 'app.txt',
    artifact_type: 'build_output',
    media_type: 'application/octet-stream',
    artifact_location: `contents/${HELLO_SHA256}`,
    artifact_size_bytes: HELLO.length,
    sha256_digest: HELLO_SHA256,
    attempt: 1,
    retention_policy: 'permanent',
    expires_at: null,
    is_available: true,
    created_at: at(40),
  },
];

export const LAYERS: readonly BuildLayer[] = [
  {
    platform: 'linux/amd64',
    layer_number: 1,
    layer_digest: BASE_LAYER_DIGEST,
    layer_size_bytes: 31_457_280,
    is_base_layer: true,
    base_image_name: 'registry.example.com/base/go',
    base_image_tag: '1.26',
    base_image_digest: BASE_IMAGE_DIGEST,
    created_by: null,
    step_number: null,
    unpacked_size_bytes: 83_886_080,
    files_added: 4_210,
    files_changed: 0,
    files_removed: 0,
    wasted_bytes: 12_288,
    used_in_builds_count: 12,
    last_used_in_build_at: at(13),
  },
  {
    platform: 'linux/amd64',
    layer_number: 2,
    layer_digest: OWN_LAYER_DIGEST,
    layer_size_bytes: 4_194_304,
    is_base_layer: false,
    base_image_name: null,
    base_image_tag: null,
    base_image_digest: null,
    created_by: 'RUN go build -o /app',
    step_number: 2,
    unpacked_size_bytes: 9_437_184,
    files_added: 1,
    files_changed: 1,
    files_removed: 0,
    wasted_bytes: 0,
    used_in_builds_count: 1,
    last_used_in_build_at: at(13),
  },
];

export const CACHE_MISSES: readonly BuildCacheMiss[] = [
  {
    step_number: 2,
    reason: 'build_arguments_changed',
    message: 'a build argument has another value: VERSION',
  },
];

export const BASE_IMAGES: readonly BaseImageUse[] = [
  { reference: 'registry.example.com/base/go:1.26', digest: BASE_IMAGE_DIGEST, is_base: true },
];

export const METRICS: BuildMetrics = {
  total_duration_seconds: 13,
  docker_build_duration_seconds: 9,
  docker_push_duration_seconds: 1,
  peak_memory_usage_mb: null,
  cpu_usage_percent: null,
  disk_read_bytes: null,
  disk_write_bytes: null,
  total_layers: 2,
  reused_layers: 1,
  new_layers: 1,
  final_image_size_bytes: 35_651_584,
  compression_ratio: 0.382,
};

export const HISTORY: readonly StatusChange[] = [
  { from_status: null, to_status: 'queued', reason: null, changed_by_system: false, changed_at: at(0) },
  {
    from_status: 'queued',
    to_status: 'in_progress',
    reason: null,
    changed_by_system: true,
    changed_at: at(1),
  },
  {
    from_status: 'in_progress',
    to_status: 'success',
    reason: null,
    changed_by_system: true,
    changed_at: at(13),
  },
];

export const ATTEMPT: Attempt = {
  attempt: 1,
  worker_name: 'local-1',
  fence: 7,
  started_at: at(1),
  ended_at: at(12),
  ended_reason: 'succeeded',
  failure_code: null,
  failure_reason: null,
  log_lines: 1,
  log_bytes: 4,
  log_sha256: '8a8f60ecb09b7e64c6d5214a8043865e608507db8c3f61f995eae6d078875901',
  log_note: null,
};

export const LOG_CHUNK: LogChunk = {
  attempt: 1,
  chunk: 0,
  step_number: 2,
  log_level: 'INFO',
  first_line: 1,
  line_count: 1,
  logged_at: at(11),
  log_content: 'app\n',
};

/** One server-sent event. */
function event(name: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export const BUILD_EVENTS = [
  event('build', FINISHED_BUILD),
  ...STEPS.map((step) => event('step', step)),
  event('end', { status: FINISHED_BUILD.status }),
].join('');

export const LOG_EVENTS = [event('log', LOG_CHUNK, '1.0'), event('end', { last: '1.0' })].join('');
