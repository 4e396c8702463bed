import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inFlight } from './in-flight.mjs';

const WORKFLOWS = fileURLToPath(new URL('./floor-workflows.mjs', import.meta.url));
const NEVER = { seconds: NaN, nanos: 0 };
const logger = new DefaultLogger('ERROR');

/**
 * What Temporal itself takes, on the server of a Kiln: workflows that do nothing else, their activities on a task queue of their own, as
 * those of a host are. `address` is that of its frontend.
 */
export async function openFloors({ address, namespace }) {
  // At a signal it would shut down of its own accord the workers that are ended in their turn.
  Runtime.install({ logger, shutdownSignals: [] });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const native = await NativeConnection.connect({ address });
  const [control, host] = ['control', 'host'].map((name) => `bench-${name}-${randomUUID()}`);
  const common = { connection: native, namespace };
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger });
  const workers = [
    await Worker.create({ ...common, taskQueue: control, workflowBundle }),
    await Worker.create({ ...common, taskQueue: host, activities: { nothing: async () => undefined } }),
  ];
  const { awaitedLater } = await import('../../dist/src/domain/awaited-later.js');
  const running = awaitedLater(Promise.all(workers.map((worker) => worker.run())));
  const options = (args) => ({
    taskQueue: control,
    workflowId: `bench/${randomUUID()}`,
    args: [{ taskQueue: host, ...args }],
  });

  const milestones = async (workflowId) => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const signalled = events.findIndex((event) => event.workflowExecutionSignaledEventAttributes);
    const timeOf = (attributes, from = 0) => {
      const { seconds, nanos } = events.slice(from).find((event) => event[attributes])?.eventTime ?? NEVER;
      return Number(seconds) * 1000 + nanos / 1e6;
    };
    return {
      signalledMs: timeOf('workflowExecutionSignaledEventAttributes'),
      wokenMs: timeOf('workflowTaskStartedEventAttributes', Math.max(0, signalled)),
      scheduledMs: timeOf('activityTaskScheduledEventAttributes'),
      startedMs: timeOf('activityTaskStartedEventAttributes'),
    };
  };
  const startedMs = async (workflowId) => (await milestones(workflowId)).startedMs;

  return {
    /** When (ms) a workflow was first signalled, woken by that, and its first activity asked for and handed to a worker, by its history. */
    milestones,
    /** Workflows a second, each with `activities` remote activities, `atOnce` of them open at any time. */
    async throughput({ workflows, activities, atOnce }) {
      const startMs = performance.now();
      await inFlight(workflows, atOnce, () =>
        client.workflow.execute('remoteActivities', options({ count: activities })),
      );
      return workflows / ((performance.now() - startMs) / 1000);
    },
    /** Milliseconds from the start of an empty workflow to its first activity, with nothing else to do. */
    async start() {
      const workflow = options({ count: 1 });
      const startMs = Date.now();
      await client.workflow.execute('remoteActivities', workflow);
      return (await startedMs(workflow.workflowId)) - startMs;
    },
    /** Milliseconds from a signal to the activity that waited for it. */
    async signal(pause) {
      const handle = await client.workflow.start('signalled', options({}));
      await pause();
      const startMs = Date.now();
      await handle.signal('go');
      await handle.result();
      return (await startedMs(handle.workflowId)) - startMs;
    },
    async close() {
      for (const worker of workers) worker.shutdown();
      await running;
      await native.close();
      await connection.close();
    },
  };
}
