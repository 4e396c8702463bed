import type { Build, BuildStep, LogChunk } from '../../../src/contracts/builds.js';

export const TENANT = {
  tenantId: '0190a000-0000-7000-8000-000000000001',
  userId: '0190a000-0000-7000-8000-000000000002',
};
export const OTHER_TENANT = { tenantId: '0190a000-0000-7000-8000-0000000000ff', userId: null };
export const PROJECT_ID = '0190a000-0000-7000-8000-000000000010';
export const BUILD_ID = '0190a000-0000-7000-8000-000000000020';
export const UPLOAD_ID = '0190a000-0000-7000-8000-000000000030';
export const LEASE_ID = '0190a000-0000-7000-8000-000000000040';
export const WORKER_ID = '0190a000-0000-7000-8000-000000000050';
export const NOBODY_ID = '0190a000-0000-7000-8000-00000000dead';
export const NOW = '2026-01-02T03:04:05.678Z';

export function aBuild(given: Partial<Build> = {}): Build {
  return {
    id: BUILD_ID,
    project: 'hello',
    project_id: PROJECT_ID,
    build_number: 1,
    status: 'queued',
    build_method: 'buildx',
    image_id: null,
    destinations: ['localhost:5000/hello:1'],
    git_commit: null,
    branch: null,
    author: null,
    message: null,
    trigger_type: 'manual',
    trigger_source: null,
    priority: 0,
    error_message: null,
    cancel_requested_at: null,
    created_at: NOW,
    started_at: null,
    completed_at: null,
    attempts: 0,
    log_complete: false,
    workflow_id: `build/${BUILD_ID}`,
    result: {
      status: null,
      exit_code: null,
      output_image_url: null,
      output_image_digest: null,
      failure_reason: null,
      failure_code: null,
      failure_stage: null,
      failure_step: null,
      failure_instruction: null,
      failure_last_lines: [],
      failure_fix: null,
      retryable: null,
      total_duration_milliseconds: null,
      queue_wait_milliseconds: null,
      build_execution_milliseconds: null,
      artifact_push_milliseconds: null,
      retry_count: 0,
      is_retry: false,
      original_build_id: null,
      cleanup_status: 'pending',
    },
    ...given,
  };
}

export function aStep(given: Partial<BuildStep> = {}): BuildStep {
  return {
    attempt: 1,
    step_number: 1,
    step_name: 'RUN make',
    instruction_type: 'RUN',
    status: 'running',
    cached: false,
    layer_digest: null,
    layer_size_bytes: null,
    stdout: null,
    stderr: null,
    error_message: null,
    error_code: null,
    started_at: NOW,
    completed_at: null,
    duration_seconds: null,
    duration_milliseconds: null,
    ...given,
  };
}

export function aChunk(chunk: number, attempt = 1): LogChunk {
  return {
    attempt,
    chunk,
    step_number: 1,
    log_level: 'INFO',
    first_line: chunk + 1,
    line_count: 1,
    logged_at: NOW,
    log_content: `line ${attempt}.${chunk}\n`,
  };
}
