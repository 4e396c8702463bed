import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type {
  AttestActivities,
  ControlActivities,
  ExploreActivities,
  InspectActivities,
  WorkerActivities,
} from '../../workflows/activity-types.js';
import type { BuildStart, ExploreInput } from '../../workflows/contract.js';
import {
  ATTEST_WORKFLOW_TYPE,
  attestStartOptions,
  BASE_IMAGES_SCHEDULE_ID,
  BASE_IMAGES_WORKFLOW_TYPE,
  baseImagesStartOptions,
  BUILD_WORKFLOW_TYPE,
  buildWorkflowId,
  EXPLORE_TASK_QUEUE,
  INSPECT_TASK_QUEUE,
  INSPECTION_SCHEDULE_ID,
  INSPECTION_WORKFLOW_TYPE,
  EXPLORE_WORKFLOW_TYPE,
  exploreStartOptions,
  pruneWorkflowId,
  buildPruneWorkflowId,
  RETENTION_SCHEDULE_ID,
  RETENTION_WORKFLOW_TYPE,
  RETRY_WORKFLOW_TYPE,
  retryBuildSignal,
  retryWorkflowId,
  scheduleBellId,
  TICK_WORKFLOW_TYPE,
  tickStartOptions,
  SEARCH_ATTRIBUTES,
  workerTaskQueue,
} from '../../workflows/contract.js';
import { createBuildWorkflows } from '../../src/adapters/temporal/build-workflows.js';
import type { BuildWorkflows } from '../../src/ports/build-workflows.js';
import { startTestTemporal } from '../support/temporal.js';
import type { FakeKiln } from './fake-activities.js';

const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A build workflow that runs against scripted activities on a real Temporal server. */
export interface HouseRun {
  readonly handle: WorkflowHandle;
  result(): Promise<unknown>;
  signal(name: 'cancelBuild' | 'leaseGranted' | 'approveBuild' | 'rejectBuild'): Promise<void>;
  cancel(): Promise<void>;
}

/** Local activities of a task that takes longer are done again, which a busy machine must not bring about: what is called is counted. */
const PATIENT_TASK_MS = 60_000;

/** A Temporal server, a controller's worker and a host's worker, whose activities each test scripts. */
export class BuildHouse {
  readonly workerId = 'house';
  private kiln: FakeKiln | null = null;
  private explorer: ExploreActivities | null = null;
  private attester: AttestActivities | null = null;

  private constructor(
    private readonly client: Client,
    private readonly queue: { readonly taskQueue: string; readonly workflowTaskTimeout: number },
    private readonly shutDown: () => Promise<void>,
  ) {}

  static async open(): Promise<BuildHouse> {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const server = await startTestTemporal();
    const connection = await Connection.connect({ address: server.address });
    const native = await NativeConnection.connect({ address: server.address });
    const client = new Client({ connection, namespace: server.namespace });
    const taskQueue = `control-${randomUUID()}`;
    let house: BuildHouse;
    const kiln = (): FakeKiln => house.kiln!;
    const common = { connection: native, namespace: server.namespace };
    const controller = await Worker.create({
      ...common,
      taskQueue,
      workflowBundle: { codePath: BUNDLE },
      activities: {
        ...lateBound<AttestActivities>(['attestBuild', 'giveUpAttesting'], () => house.attester!),
        ...lateBound<ControlActivities>(
          [
            'requestLease',
            'loseAttempt',
            'tryAgain',
            'passGate',
            'moveTags',
            'moveTagsAgain',
            'runTick',
            'checkBaseImages',
            'openPrunes',
            'pruneSome',
            'openBuildPrunes',
            'pruneSomeBuilds',
            'removeSomeLogs',
            'recordBuild',
            'releaseLease',
            'cleanUp',
          ],
          () => kiln().control(),
        ),
      },
    });
    const host = await Worker.create({
      ...common,
      taskQueue: workerTaskQueue('house'),
      maxHeartbeatThrottleInterval: 500,
      activities: lateBound<WorkerActivities>(['buildImage', 'publishImage'], () => kiln().worker()),
    });
    const explorer = await Worker.create({
      ...common,
      taskQueue: EXPLORE_TASK_QUEUE,
      activities: lateBound<ExploreActivities>(
        ['exploreImage', 'giveUpExploring', 'inspectImage', 'giveUpInspecting', 'inspectInUse'],
        () => house.explorer!,
      ),
    });
    const inspector = await Worker.create({
      ...common,
      taskQueue: INSPECT_TASK_QUEUE,
      activities: lateBound<InspectActivities>(['inspectStaged'], () => kiln().inspector()),
    });
    const running = Promise.all([controller.run(), host.run(), explorer.run(), inspector.run()]);
    house = new BuildHouse(client, { taskQueue, workflowTaskTimeout: PATIENT_TASK_MS }, async () => {
      controller.shutdown();
      host.shutdown();
      explorer.shutdown();
      inspector.shutdown();
      await running;
      await native.close();
      await connection.close();
      await server.stop();
    });
    return house;
  }

  async start(kiln: FakeKiln): Promise<HouseRun> {
    this.kiln = kiln;
    const handle = await this.client.workflow.start(BUILD_WORKFLOW_TYPE, {
      workflowId: `build/${randomUUID()}`,
      ...this.queue,
      args: [{ buildId: 'b', tenantId: 't', projectId: 'p' }],
      searchAttributes: { [SEARCH_ATTRIBUTES.status]: ['queued'] },
    });
    return runOf(handle);
  }

  /** Asks for a retry in the chain of a build, as the api, the relay and the audit do. */
  async retry(kiln: FakeKiln, firstBuildId: string, build: BuildStart): Promise<HouseRun> {
    this.kiln = kiln;
    const handle = await this.client.workflow.signalWithStart(RETRY_WORKFLOW_TYPE, {
      workflowId: retryWorkflowId(firstBuildId),
      ...this.queue,
      signal: retryBuildSignal,
      signalArgs: [build],
    });
    return runOf(this.client.workflow.getHandle(handle.workflowId, handle.signaledRunId));
  }

  /** Starts the exploration of an image as the relay does; rejects as Temporal does when it may not be started again. */
  async explore(explorer: ExploreActivities, image: ExploreInput): Promise<HouseRun> {
    this.explorer = explorer;
    const handle = await this.client.workflow.start(EXPLORE_WORKFLOW_TYPE, {
      ...exploreStartOptions(image),
      ...this.queue,
    });
    return runOf(handle);
  }

  /** Starts the signing of what a build has made as the relay does. */
  async attest(attester: AttestActivities, buildId: string): Promise<HouseRun> {
    this.attester = attester;
    const handle = await this.client.workflow.start(ATTEST_WORKFLOW_TYPE, {
      ...attestStartOptions(buildId),
      ...this.queue,
    });
    return runOf(handle);
  }

  /** What the Schedule starts. */
  async inspection(explorer: ExploreActivities): Promise<HouseRun> {
    this.explorer = explorer;
    const handle = await this.client.workflow.start(INSPECTION_WORKFLOW_TYPE, {
      workflowId: `${INSPECTION_SCHEDULE_ID}-${randomUUID()}`,
      ...this.queue,
    });
    return runOf(handle);
  }

  /** The workflow of a tick that the controller asks for, or one that a Temporal Schedule has rung for. */
  async tick(
    kiln: FakeKiln,
    scheduleId: string,
    rung: { at: string } | { rungFor: Date },
  ): Promise<HouseRun> {
    this.kiln = kiln;
    const handle = await this.client.workflow.start(TICK_WORKFLOW_TYPE, {
      ...('at' in rung
        ? tickStartOptions(scheduleId, rung.at)
        : {
            workflowId: `${scheduleBellId(scheduleId)}-${rung.rungFor.toISOString()}`,
            args: [{ scheduleId }],
            searchAttributes: { TemporalScheduledStartTime: [rung.rungFor] },
          }),
      ...this.queue,
    });
    return runOf(handle);
  }

  /** A look at base images: that of a tenant who asks, and for null that of all, which the Schedule starts. */
  async baseImages(kiln: FakeKiln, tenantId: string | null): Promise<HouseRun> {
    this.kiln = kiln;
    const handle = await this.client.workflow.start(BASE_IMAGES_WORKFLOW_TYPE, {
      ...(tenantId === null
        ? { workflowId: `${BASE_IMAGES_SCHEDULE_ID}-${randomUUID()}` }
        : baseImagesStartOptions(tenantId)),
      ...this.queue,
    });
    return runOf(handle);
  }

  async retention(kiln: FakeKiln): Promise<HouseRun> {
    this.kiln = kiln;
    const handle = await this.client.workflow.start(RETENTION_WORKFLOW_TYPE, {
      workflowId: `${RETENTION_SCHEDULE_ID}-${randomUUID()}`,
      ...this.queue,
    });
    return runOf(handle);
  }

  /** The workflow of a prune that the retention has started. */
  prune(pruneId: string): HouseRun {
    return runOf(this.client.workflow.getHandle(pruneWorkflowId(pruneId)));
  }

  /** The workflow of a prune of builds that the retention has started. */
  buildPrune(pruneId: string): HouseRun {
    return runOf(this.client.workflow.getHandle(buildPruneWorkflowId(pruneId)));
  }

  /** The workflow of a build that a chain has started. */
  build(buildId: string): HouseRun {
    return runOf(this.client.workflow.getHandle(buildWorkflowId(buildId)));
  }

  /** What Kiln asks this Temporal. */
  workflows(): BuildWorkflows {
    return createBuildWorkflows(this.client);
  }

  pause(ms: number): Promise<void> {
    return sleep(ms);
  }

  /** Stores the history as a golden file for the replay test when UPDATE_GOLDENS is set. */
  async keepHistory(run: HouseRun, name: string): Promise<void> {
    if (process.env['UPDATE_GOLDENS'] !== '1') return;
    const history = await run.handle.fetchHistory();
    // What tells of the machine that recorded it: the worker's name, and the folder in stack traces.
    const text = historyToJSON(history)
      .replaceAll(`${process.pid}@${hostname()}`, 'test')
      .replaceAll(ROOT, '');
    await writeFile(`${HISTORIES}${name}.json`, `${text}\n`);
  }

  close(): Promise<void> {
    return this.shutDown();
  }
}

function runOf(handle: WorkflowHandle): HouseRun {
  return {
    handle,
    result: () => handle.result(),
    signal: (name) => handle.signal(name),
    cancel: async () => void (await handle.cancel()),
  };
}

/** Activities whose implementation is looked up at each call. */
function lateBound<A extends object>(names: readonly (keyof A & string)[], current: () => A): A {
  const entries = names.map((name) => [
    name,
    (input: unknown) => (current()[name] as (value: unknown) => unknown)(input),
  ]);
  return Object.fromEntries(entries) as A;
}
