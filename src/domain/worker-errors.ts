/** Errors of build hosts; part of the one table. */
export const WORKER_ERRORS = {
  worker_taken: {
    status: 409,
    retryable: false,
    text: 'Another host speaks by the token of this worker.',
    fix: 'A token is for one host: make another worker with `kiln workers add NAME` and give its token to the second host. A host that replaces the first may speak once that has been silent for as long as KILN_WORKER_SILENCE_MS of the api says (30 seconds, unless set).',
    infrastructure: true,
  },
  workflow_lost: {
    status: 500,
    retryable: true,
    text: 'The workflow of the build is gone, and the build is failed.',
    fix: 'Build it again: kiln retry BUILD.',
  },
  worker_has_builds: {
    status: 409,
    retryable: false,
    text: 'Builds run on this worker.',
    fix: 'Let them end first: `kiln workers drain NAME`. With --force they lose their host and are made again elsewhere.',
  },
  needs_too_late: {
    status: 422,
    retryable: false,
    text: 'The build file of a git source needs what its host was not chosen for.',
    fix: 'Say what the build needs with the request (`kiln build --need NAME=VALUE`) or in the defaults of the project (`kiln projects set PROJECT --defaults FILE`).',
  },
  needs_not_offered: {
    status: 422,
    retryable: false,
    text: 'No build host has what the build needs.',
    fix: 'Need less, or have the operator add a host that has it: `kiln workers` shows which there are, KILN_LABELS and KILN_ZONE of a host say what it has.',
  },
  worker_name_taken: {
    status: 409,
    retryable: false,
    text: 'There is a worker of this name.',
    fix: 'Choose another name, or give the name free with `kiln workers remove NAME`.',
  },
} as const;
