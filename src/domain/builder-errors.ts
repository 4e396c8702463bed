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
    text: 'The builder works for another tenant, or for another level of trust.',
    fix: 'Have the operator give these builds a build host with a BuildKit of its own, or set KILN_BUILDKIT_SHARED=true on this one if all who build there may see what the others build.',
  },
  trust_required: {
    status: 403,
    retryable: false,
    text: 'Only a trusted project may do that.',
    fix: 'Who administers Kiln can trust the project: `kiln projects set PROJECT --trust trusted`. Or use another build method, and no network of the host.',
  },
  network_not_offered: {
    status: 422,
    retryable: false,
    text: 'No build host gives RUN steps such a network.',
    fix: 'Leave resources.network (--network) out, or have done what the message names.',
  },
} as const satisfies Record<string, ErrorRule>;
