import type { ErrorRule } from './error-table.js';

/** The part of the table of errors that is about what builds on a host. */
export const BUILDER_ERRORS = {
  builder_unavailable: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'The builder does not answer.',
    fix: 'Check BuildKit with `kiln doctor`; a retry may help.',
  },
  runner_unavailable: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'The Docker engine that runs the builds of a host does not answer, or refuses.',
    fix: 'See on the build host that the engine of KILN_DOCKER_HOST runs and that the supervisor may use its socket; a retry may help.',
  },
  builder_not_shared: {
    status: 403,
    retryable: false,
    text: 'The builder works for another tenant.',
    fix: 'Have the operator give this tenant a build host with a BuildKit of its own, or set KILN_BUILDKIT_SHARED=true on this one if its tenants may see what the others build.',
  },
} as const satisfies Record<string, ErrorRule>;
