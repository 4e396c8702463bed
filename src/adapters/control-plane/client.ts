import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { putArtifact } from '../../contracts/artifact-operations.js';
import { putPublication } from '../../contracts/publications.js';
import {
  acknowledgeLease,
  appendLog,
  fetchSecrets,
  finishRun,
  getContext,
  putSteps,
  recordConfig,
  recordRegistries,
  recordSource,
  renewLease,
} from '../../contracts/supervisor.js';
import type { ControlPlane } from '../../ports/control-plane.js';
import type { RunSecretValues } from '../../ports/secrets.js';
import { heartbeatWorker } from '../../contracts/worker-heartbeat.js';
import { callOperation, sendRequest } from './call.js';

type SecretsAnswer = z.infer<(typeof fetchSecrets.responses)[200]['schema']>;

export interface ControlPlaneOptions {
  /** Base address of the api, without a path. */
  readonly url: string;
  readonly workerToken: string;
  /** Which of the hosts that may have the token this is. */
  readonly hostId: string;
  /** Longest wait for an answer; a context download is exempt. */
  readonly timeoutMs?: number;
}

/** Of what a host need not know. */
const SAYS_NOTHING = {
  worker_type: 'local' as const,
  platforms: [],
  emulated_platforms: [],
  tool_versions: {},
  accepted_holes: [],
  builder_trouble: null,
  is_draining: false,
};

/** The supervisor's HTTP client of the api's internal operations. It tries once; who calls decides on repeating. */
export function createControlPlaneClient(options: ControlPlaneOptions): ControlPlane {
  const { hostId } = options;
  const worker = {
    url: options.url,
    token: options.workerToken,
    timeoutMs: options.timeoutMs ?? 10_000,
  };
  const byLease = (token: string) => ({ ...worker, token });
  return {
    async heartbeat(offer, signal) {
      const body = { ...SAYS_NOTHING, ...offer, host_id: hostId };
      const answer = await callOperation(worker, heartbeatWorker, { body, signal });
      return { workerId: answer.worker_id, heartbeatMs: answer.heartbeat_ms, leases: answer.leases };
    },
    acknowledge: ({ leaseId, fence }, signal) =>
      callOperation(worker, acknowledgeLease, {
        params: { lease: leaseId },
        body: { fence, host_id: hostId },
        signal,
      }),
    async renew({ lease, token }, signal) {
      const { leaseId, fence } = lease;
      const call = { params: { lease: leaseId }, body: { fence }, signal };
      const answer = await callOperation(byLease(token), renewLease, call);
      return { ttlMs: answer.ttl_ms, cancelRequested: answer.cancel_requested };
    },
    async appendLog({ lease, token }, chunks, signal) {
      const body = { fence: lease.fence, chunks };
      await callOperation(byLease(token), appendLog, { params: { lease: lease.leaseId }, body, signal });
    },
    async putSteps({ lease, token }, steps, signal) {
      const body = { fence: lease.fence, steps };
      await callOperation(byLease(token), putSteps, { params: { lease: lease.leaseId }, body, signal });
    },
    async putPublication({ lease, token }, publication, signal) {
      const body = { fence: lease.fence, publication };
      const call = { params: { lease: lease.leaseId }, body, signal };
      return (await callOperation(byLease(token), putPublication, call)).open_uploads;
    },
    async finish({ lease, token }, outcome, log, signal) {
      const body = { fence: lease.fence, outcome, log };
      await callOperation(byLease(token), finishRun, { params: { lease: lease.leaseId }, body, signal });
    },
    async fetchSecrets({ lease, token }, wanted, signal) {
      const body = {
        fence: lease.fence,
        names: wanted.names,
        git_host: wanted.gitHost,
        registry_hosts: wanted.registryHosts,
      };
      const call = { params: { lease: lease.leaseId }, body, signal };
      return toValues(await callOperation(byLease(token), fetchSecrets, call));
    },
    recordConfig({ lease, token }, buildFile, signal) {
      const body = { fence: lease.fence, build_file: buildFile };
      return callOperation(byLease(token), recordConfig, { params: { lease: lease.leaseId }, body, signal });
    },
    async recordRegistries({ lease, token }, registries, signal) {
      const call = { params: { lease: lease.leaseId }, body: { fence: lease.fence, registries }, signal };
      await callOperation(byLease(token), recordRegistries, call);
    },
    async recordSource({ lease, token }, git, signal) {
      const body = { fence: lease.fence, git };
      await callOperation(byLease(token), recordSource, { params: { lease: lease.leaseId }, body, signal });
    },
    async putArtifact({ lease, token }, { sha256, sizeBytes }, file, signal) {
      const target = { ...byLease(token), timeoutMs: null };
      await sendRequest(target, putArtifact, {
        params: { lease: lease.leaseId, digest: sha256 },
        query: { fence: lease.fence, size_bytes: sizeBytes },
        file: { path: file, sizeBytes },
        signal,
      });
    },
    async downloadContext({ lease, token }, file, signal) {
      const target = { ...byLease(token), timeoutMs: null };
      const response = await sendRequest(target, getContext, { params: { lease: lease.leaseId }, signal });
      await saveBody(response, file);
    },
  };
}

function toValues({ secrets, git, registries }: SecretsAnswer): RunSecretValues {
  return {
    secrets: secrets.map(({ name, value_base64 }) => ({ name, value: Buffer.from(value_base64, 'base64') })),
    git:
      git?.kind === 'git_ssh_key'
        ? { kind: git.kind, privateKey: git.private_key, knownHosts: git.known_hosts }
        : git,
    registries,
  };
}

async function saveBody(response: Response, file: string): Promise<void> {
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as never);
  await pipeline(body, createWriteStream(file, { mode: 0o600 }));
}
