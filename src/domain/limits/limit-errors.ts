import type { ErrorRule } from '../error-table.js';

/** The part of the table of errors that is about limits and full disks. */
export const LIMIT_ERRORS = {
  concurrency_limit_reached: {
    status: 429,
    retryable: true,
    text: 'As many builds run or wait as a limit allows, and more are refused (on_limit=reject).',
    fix: 'Ask again when one has ended, or raise the named limit.',
  },
  no_build_allowed: {
    status: 409,
    retryable: false,
    text: 'A limit of 0 allows no build, and those that would have to wait are refused (on_limit=reject).',
    fix: 'Raise the named limit.',
  },
  queue_timeout: {
    status: 504,
    retryable: true,
    text: 'The build waited in the queue longer than allowed.',
    fix: 'Add build hosts, or raise the named limit.',
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
    fix: 'Make the step faster, or raise the named limit.',
  },
  output_too_large: {
    status: 422,
    retryable: false,
    text: 'The build printed more than allowed.',
    fix: 'Let its steps print less, or raise the named limit.',
  },
  image_too_large: {
    status: 422,
    retryable: false,
    text: 'The image is larger than allowed and was not published.',
    fix: 'Make the named layers smaller, or raise the named limit.',
  },
  artifact_too_large: {
    status: 422,
    retryable: false,
    text: 'The artifacts of the build are larger than allowed.',
    fix: 'Keep less, or raise the named limit.',
  },
  workspace_too_large: {
    status: 422,
    retryable: false,
    text: 'The run needed more room on the disk of its build host than allowed.',
    fix: 'Build a smaller source, or raise the named limit.',
  },
  out_of_memory: {
    status: 422,
    retryable: false,
    text: 'The build needed more memory than it was given.',
    fix: 'Let the step need less (fewer jobs at a time), or give the build more: `kiln build --memory 4GiB`, or `resources: {memory: 4GiB}` in kiln.yaml, up to the limit memory_max_bytes.',
  },
  too_many_processes: {
    status: 422,
    retryable: false,
    text: 'The build needed more processes and threads than it may have.',
    fix: 'Let the step need fewer (fewer jobs at a time), or give the build more: `kiln build --pids 4096`, or `resources: {pids: 4096}` in kiln.yaml, up to the limit max_pids.',
  },
  disk_full: {
    status: 507,
    retryable: true,
    infrastructure: true,
    text: 'A disk of Kiln is full.',
    fix: 'Have the operator free room (`df`): for uploads on the disk of the api, for builds on those of the state folder of the build host and of BuildKit. A build is tried again by itself; send an upload again.',
  },
} as const satisfies Record<string, ErrorRule>;
