import type { ErrorRule } from '../error-table.js';

/** The part of the table of errors that is about limits and full disks. */
export const LIMIT_ERRORS = {
  queue_timeout: {
    status: 504,
    retryable: true,
    text: 'The build waited in the queue longer than allowed.',
    fix: 'Add build hosts, or let builds wait longer: `kiln limits set max_queued_wait_minutes=VALUE`.',
  },
  build_timeout: {
    status: 504,
    retryable: true,
    text: 'The build ran longer than allowed.',
    fix: 'Make it faster, or give it more time: `kiln build --timeout 2h`, or `timeout: 2h` in kiln.yaml.',
  },
  step_timeout: {
    status: 504,
    retryable: true,
    text: 'A step of the build ran longer than allowed.',
    fix: 'Make the step faster, or let steps run longer: `kiln limits set step_timeout_seconds=VALUE`.',
  },
  output_too_large: {
    status: 422,
    retryable: false,
    text: 'The build printed more than allowed.',
    fix: 'Let its steps print less, or raise the limit: `kiln limits set output_max_bytes=VALUE`.',
  },
  image_too_large: {
    status: 422,
    retryable: false,
    text: 'The image is larger than allowed and was not published.',
    fix: 'Make the named layers smaller, or raise the limit: `kiln limits set image_max_bytes=VALUE`.',
  },
  workspace_too_large: {
    status: 422,
    retryable: false,
    text: 'The run needed more room on the disk of its host than allowed.',
    fix: 'Build a smaller source, or raise the limit: `kiln limits set workspace_max_bytes=VALUE`.',
  },
  disk_full: {
    status: 507,
    retryable: true,
    infrastructure: true,
    text: 'A disk of Kiln is full.',
    fix: 'Free room on the disk that is named; `kiln doctor` shows how much is free. The build is tried again.',
  },
} as const satisfies Record<string, ErrorRule>;
