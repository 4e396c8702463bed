import type { Build } from '../builds.js';
import {
  at,
  BUILD_ID,
  COMMIT,
  IMAGE_ID,
  MANIFEST_DIGEST,
  PROJECT,
  PROJECT_ID,
  REPOSITORY,
  RETRY_ID,
} from './names.js';

/** The build as it is accepted. */
export const ACCEPTED_BUILD: Build = {
  id: BUILD_ID,
  project: PROJECT,
  project_id: PROJECT_ID,
  build_number: 3,
  status: 'queued',
  build_method: 'buildx',
  image_id: null,
  destinations: [`${REPOSITORY}:1.2`],
  git_commit: null,
  branch: null,
  author: null,
  message: null,
  trigger_type: 'manual',
  trigger_source: null,
  trust: 'untrusted',
  priority: 0,
  queue_reason: 'waiting for a free slot',
  error_message: null,
  cancel_requested_at: null,
  publish_began_at: null,
  created_at: at(0),
  started_at: null,
  completed_at: null,
  attempts: 0,
  log_complete: false,
  workflow_id: `build/${BUILD_ID}`,
  removal: null,
  gate: null,
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
  },
};

/** The same build when it has succeeded. */
export const FINISHED_BUILD: Build = {
  ...ACCEPTED_BUILD,
  status: 'success',
  image_id: IMAGE_ID,
  git_commit: COMMIT,
  branch: 'main',
  author: 'Ada',
  message: 'Say hello',
  publish_began_at: at(11),
  started_at: at(1),
  completed_at: at(13),
  attempts: 1,
  log_complete: true,
  result: {
    ...ACCEPTED_BUILD.result,
    status: 'success',
    exit_code: 0,
    output_image_url: `${REPOSITORY}@${MANIFEST_DIGEST}`,
    output_image_digest: MANIFEST_DIGEST,
    total_duration_milliseconds: 13_000,
    queue_wait_milliseconds: 1_000,
    build_execution_milliseconds: 9_400,
    artifact_push_milliseconds: 1_800,
    warning_count: 1,
    cleanup_status: 'completed',
  },
};

/** The same build when its cancel has been asked for. */
export const CANCELLED_BUILD: Build = { ...ACCEPTED_BUILD, cancel_requested_at: at(1) };

/** The build that was asked for after the first had failed. */
export const RETRY: Build = {
  ...ACCEPTED_BUILD,
  id: RETRY_ID,
  build_number: 4,
  trigger_source: `retry:${BUILD_ID}`,
  created_at: at(60),
  workflow_id: `build/${RETRY_ID}`,
  result: {
    ...ACCEPTED_BUILD.result,
    retry_count: 1,
    is_retry: true,
    original_build_id: BUILD_ID,
    retry_of_build_id: BUILD_ID,
  },
};

/** A build of the same once more, without caches, to be compared with it. */
export const WHAT_IF: Build = {
  ...ACCEPTED_BUILD,
  id: RETRY_ID,
  build_number: 4,
  destinations: [],
  trigger_source: 'what-if:app#3',
  created_at: at(60),
  workflow_id: `build/${RETRY_ID}`,
  what_if: { of_build_id: BUILD_ID, of_build_number: 3, changes: { no_cache: true } },
};

/** A build that waits for approval. */
export const HELD_BUILD: Build = {
  ...ACCEPTED_BUILD,
  queue_reason:
    'waits for approval since 2026-11-21 09:00 UTC; any token may approve it until 2026-11-22 09:00 UTC',
  started_at: at(1),
  attempts: 1,
  gate: {
    status: 'held',
    manifest_digest: MANIFEST_DIGEST,
    findings: ['the image runs as root: it sets no user'],
    requested_at: at(12),
    expires_at: at(12 + 86_400),
    decided_at: null,
    decided_by: null,
    why: null,
  },
};

/** The same build after the decision, when it waits for a host that publishes it. */
export const APPROVED_BUILD: Build = {
  ...HELD_BUILD,
  queue_reason: 'waiting for a free slot',
  gate: {
    ...HELD_BUILD.gate!,
    status: 'approved',
    decided_at: at(600),
    decided_by: 'admin (token first)',
    why: 'the init process needs root',
  },
};
