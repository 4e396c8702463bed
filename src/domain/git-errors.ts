import type { ErrorRule } from './error-table.js';

/** The part of the table of errors that is about sources from git. */
export const GIT_ERRORS = {
  source_too_large: {
    status: 422,
    retryable: false,
    text: 'The source is larger than allowed.',
    fix: 'Leave files out (of a folder with .dockerignore), or raise the limit context_max_bytes or context_max_entries where it was set: `kiln limits` shows that.',
  },
  git_not_found: {
    status: 422,
    retryable: false,
    text: 'The git server knows no such repository, or does not show it to these credentials.',
    fix: 'Check the URL; for a private repository store credentials with `kiln credentials set`.',
  },
  git_ref_not_found: {
    status: 422,
    retryable: false,
    text: 'The repository has no such branch, tag or commit.',
    fix: 'Name a branch, a tag or a full commit id that the repository has.',
  },
  git_denied: {
    status: 403,
    retryable: false,
    text: 'The git server refused the credentials.',
    fix: 'Store credentials that may read this repository with `kiln credentials set`.',
  },
  git_host_key_unknown: {
    status: 403,
    retryable: false,
    text: 'The ssh host key of the git server is not the known one.',
    fix: 'Compare the key of the server (ssh-keyscan) with its operator, then store it with the credentials: `kiln credentials set` --known-hosts.',
  },
  git_outdated: {
    status: 500,
    retryable: false,
    text: 'git on the build host is too old: it would not keep to the addresses that were judged.',
    fix: 'Install git 2.37 or newer on the build host, or name one with KILN_GIT_PATH; `kiln doctor` shows what is there.',
  },
  git_unreachable: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'The git server does not answer.',
    fix: 'Check its address and that it runs, then retry.',
  },
  git_failed: {
    status: 502,
    retryable: true,
    text: 'The repository could not be fetched.',
    fix: 'Read the log for what git said; a retry may help.',
  },
  git_unsafe: {
    status: 422,
    retryable: false,
    text: 'The repository holds objects that git refuses as damaged or dangerous.',
    fix: 'Run `git fsck --strict` on it and correct what it names.',
  },
} as const satisfies Record<string, ErrorRule>;
