import { z } from 'zod';
import { RUN_NETWORKS } from '../domain/builds/resources.js';
import { TRUST_LEVELS } from '../domain/builds/trust.js';
import { METHOD_NAMES } from '../engines/methods.js';
import { BuildFile } from './build-file.js';
import { GitFacts, Source } from './builds.js';
import { EffectiveLimits } from './limits.js';
import { hostId } from './host-id.js';
import { operation } from './operation.js';
import { OutcomeReport, StepReport } from './run-report.js';

/*
 * What a host's supervisor says to the api. Private: both ends are of one version. Worker operations carry the worker's
 * token (its identity), lease operations the token of one lease; an older fence is answered with stale_fence (409).
 */
const fence = z.int().min(1);
const leaseParams = z.object({ lease: z.uuid() });
const host = z.string().min(1).max(300);
const nothing = { 204: { description: 'Done.' } };

/** What a supervisor needs to run one attempt. Secrets are names only. */
export const RunSpec = z.strictObject({
  build_id: z.uuid(),
  build_number: z.int(),
  tenant_id: z.uuid(),
  project_id: z.uuid(),
  project: z.string(),
  attempt: z.int().min(1),
  fence,
  build_method: z.enum(METHOD_NAMES),
  options: z.record(z.string(), z.unknown()),
  source: Source,
  /** The build file to look for in the source; null where none is looked for. */
  build_file: z.strictObject({ path: z.string(), required: z.boolean() }).nullable(),
  /** Commit of a git source that an earlier attempt has recorded; it is built and no other. */
  git_commit: z.string().nullable(),
  limits: EffectiveLimits,
  /** What somebody has asked for; the limits decide the rest. */
  resources: z
    .strictObject({
      memory_bytes: z.int(),
      cpu_milli: z.int(),
      pids: z.int(),
      network: z.enum(RUN_NETWORKS),
      needs: z.record(z.string(), z.string()),
    })
    .partial(),
  trust: z.enum(TRUST_LEVELS),
  /** SHA-256 of the list; bytes as it lies unpacked. */
  context: z.strictObject({ sha256: z.string(), size_bytes: z.int() }).nullable(),
  staging: z.strictObject({ repository: z.string(), tag: z.string() }),
  /** Distinct repositories (without tags) that publication copies to. */
  repositories: z.array(z.string()),
});
export type RunSpec = z.infer<typeof RunSpec>;

export const LeaseGrant = z.strictObject({
  lease_token: z.string(),
  ttl_ms: z.int(),
  run: RunSpec,
});
export type LeaseGrant = z.infer<typeof LeaseGrant>;

/** Raw bytes as base64; the api derives the display text. `first_line` counts from 1 within the attempt. */
export const LogChunkIn = z.strictObject({
  chunk: z.int().min(0),
  step_number: z.int().nullable(),
  log_level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  first_line: z.int().min(1),
  line_count: z.int().min(1),
  offset_bytes: z.int().min(0),
  logged_at: z.iso.datetime(),
  content_base64: z.base64(),
});
export type LogChunkIn = z.infer<typeof LogChunkIn>;

/** The whole log of an attempt: SHA-256 over the bytes of all chunks in order. */
export const LogSeal = z.strictObject({
  chunks: z.int().min(0),
  lines: z.int().min(0),
  bytes: z.int().min(0),
  sha256: z.string(),
  note: z.string().nullable(),
});
export type LogSeal = z.infer<typeof LogSeal>;

export const acknowledgeLease = operation({
  id: 'acknowledgeLease',
  method: 'post',
  path: '/internal/v1/leases/:lease/acknowledge',
  tag: 'supervisor',
  summary: 'Takes up a granted lease: granted -> active; repeating gives a new token for the same lease',
  auth: 'worker',
  params: leaseParams,
  body: z.strictObject({ fence, host_id: hostId }),
  responses: { 200: { description: 'The lease is active.', schema: LeaseGrant } },
  errors: ['unauthenticated', 'not_found', 'stale_fence', 'worker_taken'],
});

export const renewLease = operation({
  id: 'renewLease',
  method: 'post',
  path: '/internal/v1/leases/:lease/renew',
  tag: 'supervisor',
  summary: 'Extends the lease by its TTL',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({ fence }),
  responses: {
    200: {
      description: 'Extended.',
      schema: z.strictObject({ ttl_ms: z.int(), cancel_requested: z.boolean() }),
    },
  },
  errors: ['unauthenticated', 'stale_fence'],
});

export const appendLog = operation({
  id: 'appendLog',
  method: 'post',
  path: '/internal/v1/leases/:lease/log',
  tag: 'supervisor',
  summary: 'Stores log chunks; a chunk that is there already is left as it is',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({ fence, chunks: z.array(LogChunkIn).max(256) }),
  responses: nothing,
  errors: ['unauthenticated', 'stale_fence', 'invalid_request', 'log_removed'],
});

export const putSteps = operation({
  id: 'putSteps',
  method: 'put',
  path: '/internal/v1/leases/:lease/steps',
  tag: 'supervisor',
  summary: 'Upserts steps by (build, attempt, number)',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({ fence, steps: z.array(StepReport).max(1000) }),
  responses: nothing,
  errors: ['unauthenticated', 'stale_fence', 'invalid_request'],
});

/** Refused with `conflict` when another commit is recorded already. */
/** The build file of a git source, once it has been fetched. Answers with the run as it is then. */
export const recordConfig = operation({
  id: 'recordConfig',
  method: 'put',
  path: '/internal/v1/leases/:lease/config',
  tag: 'supervisor',
  summary: 'Settles the settings of a build from the build file of its source',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({ fence, build_file: BuildFile }),
  responses: { 200: { description: 'The run with its settings.', schema: RunSpec } },
  errors: [
    'unauthenticated',
    'stale_fence',
    'conflict',
    'invalid_request',
    'method_not_offered',
    'destination_not_allowed',
    'trust_required',
    'needs_too_late',
  ],
});

export const recordSource = operation({
  id: 'recordSource',
  method: 'put',
  path: '/internal/v1/leases/:lease/source',
  tag: 'supervisor',
  summary: 'Records which commit a git source is',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({
    fence,
    git: GitFacts.extend({ commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/) }),
  }),
  responses: nothing,
  errors: ['unauthenticated', 'stale_fence', 'conflict', 'invalid_request'],
});

/** Refused with `conflict` when others are recorded for the attempt, with `forbidden` when the api knows the Dockerfile and it names others. */
export const recordRegistries = operation({
  id: 'recordRegistries',
  method: 'put',
  path: '/internal/v1/leases/:lease/registries',
  tag: 'supervisor',
  summary: 'Records which registries the source of an attempt names; credentials come for no others',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({ fence, registries: z.array(host).max(100) }),
  responses: nothing,
  errors: [
    ...(['unauthenticated', 'stale_fence', 'conflict', 'forbidden', 'invalid_request'] as const),
    ...(['not_found', 'context_invalid', 'dockerfile_missing', 'dockerfile_invalid'] as const),
    'path_escapes_context',
  ],
});

export const getContext = operation({
  id: 'getContext',
  method: 'get',
  path: '/internal/v1/leases/:lease/context',
  tag: 'supervisor',
  summary: 'The uploaded build context of the lease',
  auth: 'lease',
  params: leaseParams,
  responses: {
    200: {
      description: 'The list, an empty line, the distinct contents in order.',
      contentType: 'application/octet-stream',
    },
  },
  errors: ['unauthenticated', 'stale_fence', 'not_found', 'context_invalid'],
});

/** Values of this build alone: secrets that it names, credentials by host. They are never logged and never written to a row. */
export const fetchSecrets = operation({
  id: 'fetchSecrets',
  method: 'post',
  path: '/internal/v1/leases/:lease/secrets',
  tag: 'supervisor',
  summary: 'Secrets and credentials for the run of the lease',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({
    fence,
    names: z.array(z.string().max(200)).max(50),
    git_host: host.nullable(),
    registry_hosts: z.array(host).max(100),
  }),
  responses: {
    200: {
      description: 'Values; null or absent where nothing is stored for a host.',
      schema: z.strictObject({
        secrets: z.array(z.strictObject({ name: z.string(), value_base64: z.base64() })),
        git: z
          .discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('git_token'), username: z.string(), token: z.string() }),
            z.strictObject({
              kind: z.literal('git_ssh_key'),
              private_key: z.string(),
              known_hosts: z.string(),
            }),
          ])
          .nullable(),
        registries: z.array(z.strictObject({ host, username: z.string(), password: z.string() })),
      }),
    },
  },
  errors: [
    'unauthenticated',
    'stale_fence',
    'forbidden',
    'invalid_request',
    'secret_missing',
    'secret_not_allowed',
    'secret_unreadable',
    'keyring_missing',
  ],
});

/** Ends the run: refused with `conflict` (fields name what is missing) until every chunk and artifact is stored and the hash agrees. */
export const finishRun = operation({
  id: 'finishRun',
  method: 'post',
  path: '/internal/v1/leases/:lease/finish',
  tag: 'supervisor',
  summary: 'Stores the outcome and seals the log',
  auth: 'lease',
  params: leaseParams,
  body: z.strictObject({ fence, outcome: OutcomeReport, log: LogSeal }),
  responses: nothing,
  errors: ['unauthenticated', 'stale_fence', 'conflict', 'invalid_request'],
});
