import { randomUUID } from 'node:crypto';
import type { Build, BuildStep, LogChunk } from '../../src/contracts/builds.js';
import type { Publication } from '../../src/contracts/publications.js';
import type { QueuedBuild } from '../../src/contracts/queue.js';

/** 10:00:00 UTC: when the builds of these tests are created. */
export const CREATED_AT = '2026-05-04T10:00:00.000Z';
export const CREATED_MS = Date.parse(CREATED_AT);

/** A moment so many seconds after the creation. */
export function after(seconds: number): string {
  return new Date(CREATED_MS + seconds * 1000).toISOString();
}

/** What a test says of a build; everything else is as it is for most. */
export type BuildFields = Partial<Omit<Build, 'result'>> & { result?: Partial<Build['result']> };

export function aBuild(fields: BuildFields = {}): Build {
  const { result, ...rest } = fields;
  const id = fields.id ?? randomUUID();
  return {
    id,
    project: 'hello',
    project_id: randomUUID(),
    build_number: 12,
    status: 'in_progress',
    build_method: 'buildx',
    image_id: null,
    destinations: [],
    git_commit: null,
    branch: null,
    author: null,
    message: null,
    trigger_type: 'manual',
    trigger_source: null,
    trust: 'untrusted',
    priority: 50,
    queue_reason: null,
    error_message: null,
    cancel_requested_at: null,
    publish_began_at: null,
    created_at: CREATED_AT,
    started_at: null,
    completed_at: null,
    attempts: 1,
    log_complete: false,
    workflow_id: `build/${id}`,
    removal: null,
    gate: null,
    ...rest,
    result: {
      status: null,
      exit_code: null,
      output_image_url: null,
      output_image_digest: null,
      image_deleted_at: null,
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
      retry_of_build_id: null,
      resumable_from: null,
      warning_count: 0,
      cleanup_status: 'pending',
      ...result,
    },
  };
}

export function aSuccess(fields: BuildFields = {}): Build {
  const digest = `sha256:${'ab'.repeat(32)}`;
  return aBuild({
    status: 'success',
    log_complete: true,
    completed_at: after(14.2),
    destinations: ['127.0.0.1:5000/hello:12', '127.0.0.1:5000/hello:latest'],
    ...fields,
    result: {
      status: 'success',
      exit_code: 0,
      output_image_url: `127.0.0.1:5000/hello@${digest}`,
      output_image_digest: digest,
      total_duration_milliseconds: 14_200,
      ...fields.result,
    },
  });
}

export function aFailure(fields: BuildFields = {}): Build {
  return aBuild({
    status: 'failed',
    log_complete: true,
    completed_at: after(3.2),
    ...fields,
    result: {
      status: 'failed',
      exit_code: 2,
      failure_reason: 'RUN make ended with exit code 2.',
      failure_code: 'build_step_failed',
      failure_stage: 'build',
      failure_step: 3,
      failure_instruction: 'RUN make',
      failure_last_lines: ['cc -c main.c', 'main.c:7: error: expected ;'],
      failure_fix: 'Read the last lines of the step in the log.',
      retryable: false,
      total_duration_milliseconds: 3_200,
      ...fields.result,
    },
  });
}

export function aStep(number: number, name: string, fields: Partial<BuildStep> = {}): BuildStep {
  return {
    attempt: 1,
    step_number: number,
    step_name: name,
    instruction_type: name.split(' ')[0] ?? null,
    status: 'success',
    cached: false,
    layer_digest: null,
    layer_size_bytes: null,
    stdout: null,
    stderr: null,
    error_message: null,
    error_code: null,
    started_at: after(0),
    completed_at: after(1.2),
    duration_seconds: 1,
    duration_milliseconds: 1_200,
    ...fields,
  };
}

export function aRunningStep(number: number, name: string, fields: Partial<BuildStep> = {}): BuildStep {
  return aStep(number, name, {
    status: 'running',
    completed_at: null,
    duration_seconds: null,
    duration_milliseconds: null,
    ...fields,
  });
}

export function aChunk(chunk: number, content: string, fields: Partial<LogChunk> = {}): LogChunk {
  return {
    attempt: 1,
    chunk,
    step_number: 3,
    log_level: 'INFO',
    first_line: chunk + 1,
    line_count: content.replace(/\n$/, '').split('\n').length,
    logged_at: after(1),
    log_content: content,
    ...fields,
  };
}

/** 12 of 40 MB are there. */
export function aPublication(fields: Partial<Publication> = {}): Publication {
  return {
    repository: 'r.test/app',
    manifest_digest: `sha256:${'ab'.repeat(32)}`,
    status: 'copying',
    total_blobs: 3,
    mounted_blobs: 0,
    existing_blobs: 0,
    uploaded_blobs: 0,
    total_bytes: 40_000_000,
    spared_bytes: 8_000_000,
    sent_bytes: 4_000_000,
    waiting_reason: null,
    started_at: after(1),
    completed_at: null,
    removed_at: null,
    not_served_at: null,
    tidy_due_at: null,
    tidy_trouble: null,
    ...fields,
  };
}

/** A build that waits for a limit, thirty seconds after it was accepted. */
export function aQueued(fields: Partial<QueuedBuild> = {}): QueuedBuild {
  return {
    position: 1,
    build_id: randomUUID(),
    project: 'hello',
    build_number: 12,
    build_method: 'buildx',
    branch: 'main',
    priority: 0,
    queued_at: CREATED_AT,
    reason: "the tenant's limit max_concurrent_builds (1) is reached: hello#11 runs",
    limit: 'max_concurrent_builds',
    held_by: ['hello#11'],
    expected_start_at: after(90),
    earliest_start_at: after(60),
    latest_start_at: after(210),
    ...fields,
  };
}
