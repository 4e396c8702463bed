import { ARTIFACT_ERRORS } from './artifact-errors.js';
import { BACKUP_ERRORS } from './backup-errors.js';
import { BUILDER_ERRORS } from './builder-errors.js';
import { BUILD_FILE_ERRORS } from './build-file-errors.js';
import { BUILDPACK_ERRORS } from './buildpack-errors.js';
import { GATE_ERRORS } from './gate-errors.js';
import { GIT_ERRORS } from './git-errors.js';
import { IMAGE_ERRORS } from './image-errors.js';
import { LIMIT_ERRORS } from './limits/limit-errors.js';
import { REGISTRY_ERRORS } from './registry-errors.js';
import { SECRET_ERRORS } from './secret-errors.js';
import { WEBHOOK_ERRORS } from './webhook-errors.js';
import { WORKER_ERRORS } from './worker-errors.js';

/**
 * The one table of errors. `status` is the HTTP status when the error reaches a client, `retryable` says whether
 * the same request or activity may succeed later without a change, `fix` is shown to people. `infrastructure` marks faults that say
 * nothing about the build: an attempt that fails so is made again inside the same build.
 */
export const ERRORS = {
  invalid_request: {
    status: 422,
    retryable: false,
    text: 'The request is not valid.',
    fix: 'Correct what is named and send it again.',
  },
  invalid_json: {
    status: 400,
    retryable: false,
    text: 'The body is not valid JSON.',
    fix: 'Send a JSON object with content-type application/json.',
  },
  unauthenticated: {
    status: 401,
    retryable: false,
    text: 'No valid API token came with the request.',
    fix: 'Send "Authorization: Bearer <token>". `.kiln/cli.json` of a `kiln up` holds the first one; the CLI reads KILN_TOKEN.',
  },
  forbidden: {
    status: 403,
    retryable: false,
    text: 'This token may not do that.',
    fix: 'Use a token with the needed rights.',
  },
  not_found: {
    status: 404,
    retryable: false,
    text: 'There is no such thing.',
    fix: 'Correct what names it; lists, such as `kiln builds`, `kiln images` and `kiln projects`, show what there is.',
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    text: 'This path does not take that method.',
    fix: 'See /openapi.json.',
  },
  conflict: {
    status: 409,
    retryable: false,
    text: 'The request conflicts with what exists.',
    fix: 'Do what the message names; where it names nothing, look at what there is now and ask again.',
  },
  idempotency_key_reused: {
    status: 422,
    retryable: false,
    text: 'This Idempotency-Key was used with another request.',
    fix: 'Use a new key for a new request.',
  },
  payload_too_large: {
    status: 413,
    retryable: false,
    text: 'The body is larger than allowed.',
    fix: 'Leave files out with .dockerignore, or raise the limit context_max_bytes or context_max_entries where it was set: `kiln limits` shows that.',
  },
  json_too_large: {
    status: 413,
    retryable: false,
    text: 'The JSON body is larger than allowed.',
    fix: 'Send less in one request; what a build needs beside its options belongs in an uploaded context.',
  },
  digest_mismatch: {
    status: 422,
    retryable: true,
    text: 'The bytes that arrived do not have the announced digest.',
    fix: 'Send the upload again.',
  },
  context_invalid: {
    status: 422,
    retryable: false,
    text: 'The build context cannot be used.',
    fix: 'Correct the folder, repository or archive that the message names. An archive is a tar or tar.gz whose entries stay inside of it.',
  },
  path_escapes_context: {
    status: 422,
    retryable: false,
    text: 'A path leads out of the build context.',
    fix: 'Use a relative path inside the context, without ".."; a link on the way may not lead out of it either.',
  },
  dockerfile_missing: {
    status: 422,
    retryable: false,
    text: 'The Dockerfile is not in the build context.',
    fix: 'Add it, or name its path with "dockerfile" (--file).',
  },
  dockerfile_invalid: {
    status: 422,
    retryable: false,
    text: 'The Dockerfile has an error.',
    fix: 'Correct the named line.',
  },
  platform_not_runnable: {
    status: 422,
    retryable: false,
    text: 'A step is for a platform whose programs the build host cannot run.',
    fix: "Let the step run on the builder's own platform and compile for the other: FROM --platform=$BUILDPLATFORM, with ARG TARGETARCH. Or have the operator install an emulator on the build host: `apt-get install qemu-user-static`, which registers it with binfmt_misc; `kiln doctor` says what is there.",
  },
  template_invalid: {
    status: 422,
    retryable: false,
    text: 'The template of packer has an error.',
    fix: 'Correct what the reason names in the template; it has the line where packer knows one.',
  },
  ...GIT_ERRORS,
  ...IMAGE_ERRORS,
  resume_impossible: {
    status: 409,
    retryable: false,
    text: 'The build cannot go on from that phase.',
    fix: 'Retry it from its source.',
  },
  staged_image_missing: {
    status: 409,
    retryable: false,
    text: 'The image is no longer in staging.',
    fix: 'Retry the build from its source.',
  },
  ...GATE_ERRORS,
  ...BUILD_FILE_ERRORS,
  ...BUILDPACK_ERRORS,
  illegal_transition: {
    status: 409,
    retryable: false,
    text: 'The build cannot change to that status.',
    fix: 'Read the build again; it may have ended.',
  },
  stale_fence: {
    status: 409,
    retryable: false,
    text: 'The lease of this effect is no longer valid.',
    fix: 'Nothing to do: a newer attempt owns the build.',
  },
  cancelled: { status: 409, retryable: false, text: 'The build was cancelled.', fix: 'Start a new build.' },
  ...ARTIFACT_ERRORS,
  build_step_failed: {
    status: 422,
    retryable: false,
    text: 'A step of the build failed.',
    fix: 'Read the last lines of the step in the log.',
  },
  engine_failed: {
    status: 500,
    retryable: true,
    text: 'The builder failed outside any step.',
    fix: 'Read the end of the log; a retry may help.',
  },
  ...BUILDER_ERRORS,
  run_lost: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'The run of the build was lost with its build host.',
    fix: 'Nothing to do: it is tried again.',
  },
  supervisor_unavailable: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'The supervisor of the build host does not answer.',
    fix: 'See that the supervisor of that host runs; `kiln up` keeps its own running.',
  },
  ...SECRET_ERRORS,
  ...WORKER_ERRORS,
  ...WEBHOOK_ERRORS,
  registry_unreachable: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'The registry does not answer.',
    fix: 'Check its address and that it runs, then retry.',
  },
  registry_denied: {
    status: 403,
    retryable: false,
    text: 'The registry refused the credentials.',
    fix: 'Give credentials that may push to this repository.',
  },
  registry_failed: {
    status: 502,
    retryable: true,
    text: 'The registry answered with an error.',
    fix: 'Read the answer in the detail; a retry may help.',
  },
  registry_rejected: {
    status: 502,
    retryable: false,
    text: 'The registry does not take what it was asked to.',
    fix: 'Read the answer in the reason: the registry has rules of its own for names, sizes or kinds of images, or lacks what Kiln needs.',
  },
  ...REGISTRY_ERRORS,
  host_not_allowed: {
    status: 403,
    retryable: false,
    text: 'The host lies in a network that builds may not reach.',
    fix: 'Use a public host, or have the operator add the network to KILN_ALLOWED_NETWORKS.',
  },
  base_image_missing: {
    status: 422,
    retryable: false,
    text: 'A base image could not be found.',
    fix: 'Check the name and the tag of the image where the build names it (FROM, the builder, base images, the template), and the access to its registry.',
  },
  image_mismatch: {
    status: 502,
    retryable: true,
    text: 'The registry does not serve the digest that was pushed.',
    fix: 'Retry; if it repeats, check the registry storage.',
  },
  ...LIMIT_ERRORS,
  quarantined: {
    status: 500,
    retryable: true,
    text: 'The build lost its build host three times and was stopped.',
    fix: 'See why the build hosts died (memory, disk), then retry.',
  },
  program_missing: {
    status: 500,
    retryable: false,
    text: 'A program that Kiln needs was not found.',
    fix: '`kiln doctor` says what to install.',
  },
  program_install_failed: {
    status: 500,
    retryable: true,
    text: 'A program could not be installed.',
    fix: 'Read the detail; `kiln doctor` says what to do.',
  },
  service_start_failed: {
    status: 500,
    retryable: true,
    text: 'A service did not start.',
    fix: 'Read the last lines of its log.',
  },
  stop_incomplete: {
    status: 500,
    retryable: true,
    text: 'Not everything could be ended.',
    fix: 'End the named processes by hand, as the user they belong to or as root, then run kiln down again.',
  },
  already_serving: {
    status: 409,
    retryable: false,
    text: 'Another Kiln serves from this state folder.',
    fix: 'Use the one that serves, stop it with `kiln down --state <dir>`, or start this one with another folder (--state).',
  },
  setup_failed: {
    status: 500,
    retryable: true,
    text: 'Kiln could not be set up.',
    fix: 'Mend what is named and run `kiln setup` again: it goes on where it stopped.',
  },
  ...BACKUP_ERRORS,
  config_invalid: {
    status: 500,
    retryable: false,
    text: 'The configuration is not valid.',
    fix: 'Correct the variable or file that is named. docs/generated/configuration.md lists every variable.',
  },
  unavailable: {
    status: 503,
    retryable: true,
    infrastructure: true,
    text: 'Kiln cannot answer right now.',
    fix: 'Repeat the request in a moment, with the same Idempotency-Key.',
  },
  internal: {
    status: 500,
    retryable: true,
    text: 'Something went wrong inside Kiln.',
    fix: 'Repeat the request; if it fails again, read the server log under this request id.',
  },
} as const satisfies Record<string, ErrorRule>;

/** What the table says of one error. */
export interface ErrorRule {
  readonly status: number;
  readonly retryable: boolean;
  readonly text: string;
  readonly fix: string;
  readonly infrastructure?: boolean;
}
