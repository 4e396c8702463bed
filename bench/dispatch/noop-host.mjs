import { createHash, randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';

/** The method that it offers; the host of the Kiln under measurement offers another one. */
export const NOOP_METHOD = 'container';

/** Well within a lease. */
const RENEW_MS = 3_000;
const LINE = Buffer.from('nothing is built\n');
const STEP = {
  number: 1,
  name: 'nothing',
  instructionType: 'RUN',
  status: 'success',
  cached: false,
  durationMs: 0,
  stdout: null,
  stderr: null,
  errorMessage: null,
  errorCode: null,
  layerDigest: null,
  layerSizeBytes: null,
};

/**
 * A build host that builds nothing: the activities are those of a worker, and in the place of a supervisor somebody who takes the lease up,
 * stores a step, a line of log and an outcome by the api, and names an image that lies in staging already. So everything of a build is
 * there but its processes.
 */
export async function openNoopHost({ site, slots, image }) {
  const { awaitedLater } = await import('../../dist/src/domain/awaited-later.js');
  const { createControlPlaneClient } = await import('../../dist/src/adapters/control-plane/client.js');
  const { createWorkerActivities } = await import('../../dist/activities/worker-activities.js');
  const { createImageRegistry } = await import('../../dist/src/adapters/registry/image-registry.js');
  const { addWorker } = await import('../../dist/src/storage/identity/add-worker.js');
  const name = `noop-${Date.now()}`;
  const { workerId, token } = await addWorker(site.database, { name, slots });
  const controlPlane = createControlPlaneClient({
    url: site.apiUrl,
    workerToken: token,
    hostId: randomUUID(),
  });
  const transport = await site.transport();
  /** Each build once, with its newest lease: what it was granted for is asked for again where another attempt goes on with it. */
  const held = new Map();
  const hold = async (lease) => {
    const known = held.get(lease.buildId);
    if (known?.auth.lease.leaseId === lease.leaseId) return known;
    const { lease_token: leaseToken, run } = await controlPlane.acknowledge(lease);
    const taken = { auth: { lease, token: leaseToken }, run, renewedMs: Date.now() };
    held.set(lease.buildId, taken);
    return taken;
  };
  const renew = async (taken) => {
    if (Date.now() - taken.renewedMs < RENEW_MS) return;
    taken.renewedMs = Date.now();
    const { buildId } = taken.auth.lease;
    await controlPlane.renew(taken.auth).catch((error) => {
      if (error.code !== 'unavailable' && held.get(buildId) === taken) held.delete(buildId);
    });
  };
  const supervisor = {
    async run(lease) {
      const { auth, run } = await hold(lease);
      const at = new Date().toISOString();
      await controlPlane.putSteps(auth, [{ ...STEP, startedAt: at, completedAt: at }]);
      await controlPlane.appendLog(auth, [chunkAt(at)]);
      const staged = await image(run.staging.repository);
      await controlPlane.finish(auth, outcomeOf(staged), SEAL);
      return { result: 'succeeded', manifestDigest: staged.manifestDigest };
    },
    stop: async () => undefined,
    async publishSpec(lease) {
      const { staging, repositories } = (await hold(lease)).run;
      return { from: staging.repository, to: repositories, registries: [] };
    },
    // What is left is the controller's, within the time of a lease.
    async putPublication({ buildId }, { status }) {
      if (status !== 'copying') held.delete(buildId);
      return [];
    },
  };
  const offer = {
    slots,
    methods: [NOOP_METHOD],
    zone: null,
    labels: { networks: 'none,egress,host' },
    disk: null,
  };
  await controlPlane.heartbeat(offer);
  const beats = setInterval(() => void controlPlane.heartbeat(offer).catch(() => undefined), 5_000);
  const renewals = setInterval(() => [...held.values()].forEach((taken) => void renew(taken)), 1_000);
  const native = await NativeConnection.connect({ address: site.temporal.address });
  const worker = await Worker.create({
    connection: native,
    namespace: site.temporal.namespace,
    taskQueue: `worker/${workerId}`,
    activities: createWorkerActivities({
      supervisor,
      registryFor: () => createImageRegistry({ transport, credentials: async () => null }),
    }),
    maxConcurrentActivityTaskExecutions: slots * 2 + 2,
  });
  const running = awaitedLater(worker.run());
  return {
    async close() {
      clearInterval(beats);
      clearInterval(renewals);
      worker.shutdown();
      await running;
      await native.close();
    },
  };
}

const SEAL = {
  chunks: 1,
  lines: 1,
  bytes: LINE.length,
  sha256: createHash('sha256').update(LINE).digest('hex'),
  note: null,
};

function chunkAt(at) {
  return {
    chunk: 0,
    step_number: 1,
    log_level: 'INFO',
    first_line: 1,
    line_count: 1,
    offset_bytes: 0,
    logged_at: at,
    content_base64: LINE.toString('base64'),
  };
}

function outcomeOf(image) {
  const metrics = {
    sourceDurationMs: 0,
    buildDurationMs: 0,
    pushDurationMs: 0,
    peakMemoryBytes: null,
    cpuUsagePercent: null,
    diskReadBytes: null,
    diskWriteBytes: null,
  };
  return { result: 'succeeded', exitCode: 0, failure: null, image: { ...image, baseImage: null }, metrics };
}
