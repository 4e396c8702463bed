import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createImageRegistry } from '../src/adapters/registry/image-registry.js';
import { connectionOptions } from '../src/adapters/temporal/connection-options.js';
import { namesBelow } from '../src/adapters/cgroup/remove-groups.js';
import { findTrees, groupOfState } from '../src/adapters/cgroup/run-groups.js';
import { buildOfStagingTag, splitDestination, stagingRepository } from '../src/domain/builds/staging.js';
import type { Evidence } from './evidence.js';
import type { Rows } from './collect-rows.js';
import { manifestAt } from './manifest-at.js';
import { processesOf, tracesOf } from './stub-host.js';

const RUN_FOLDER = /\/runs\/([0-9a-f-]{36})-\d+\b/;
const BUILD_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const AT_ONCE = 8;

/** Ids of the open workflows of builds and their retries. */
export async function openWorkflows(address: string): Promise<string[]> {
  const connection = await Connection.connect(connectionOptions(address));
  try {
    const client = new Client({ connection, namespace: 'kiln' });
    const ids: string[] = [];
    const query = `ExecutionStatus = 'Running' AND (WorkflowId STARTS_WITH 'build/' OR WorkflowId STARTS_WITH 'retry/')`;
    for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  } finally {
    await connection.close();
  }
}

/** What the registry serves of all that was recorded or may have been pushed, and what lies in staging. */
export async function askRegistry({ builds, tags }: Rows): Promise<Pick<Evidence, 'served' | 'staged'>> {
  const registry = createImageRegistry();
  const asked = new Set([
    ...tags.map(({ reference }) => reference),
    ...builds.flatMap(({ destinations, digest, stagedDigest }) => [
      ...destinations,
      ...[digest, stagedDigest].flatMap((one) =>
        one === null ? [] : destinations.map((reference) => manifestAt(reference, one)),
      ),
    ]),
  ]);
  const served: Record<string, string | null> = {};
  await inLanes([...asked], async (reference) => {
    const [repository, digest] = reference.split('@') as [string, string?];
    const tagged = splitDestination(repository);
    const head = await registry.head(
      ...(digest === undefined
        ? ([tagged.repository, tagged.tag] as const)
        : ([repository, digest] as const)),
    );
    served[reference] = head?.digest ?? null;
  });
  const staged: { buildId: string; reference: string }[] = [];
  await inLanes(
    [...new Set(builds.map(({ repository }) => stagingRepository(repository)))],
    async (repository) => {
      for (const { tag } of await registry.tagged(repository)) {
        const buildId = buildOfStagingTag(tag);
        if (buildId !== null) staged.push({ buildId, reference: `${repository}:${tag}` });
      }
    },
  );
  return { served, staged };
}

async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Processes, folders and control groups of runs that are on this machine. `stateFolders` are those of the supervisors. */
export function leftOnMachine(scratch: string, stateFolders: readonly string[]): Evidence['left'] {
  const processes = processesOf(scratch).flatMap((pid) => {
    const traces = tracesOf(pid);
    const buildId = RUN_FOLDER.exec(traces.join(' '))?.[1];
    return buildId === undefined ? [] : [{ kind: 'process' as const, what: `${pid} ${traces[0]!}`, buildId }];
  });
  const trees = findTrees();
  const named = (kind: 'folder' | 'control group', names: readonly string[]) =>
    names.flatMap((what) => {
      const buildId = BUILD_ID.exec(what)?.[0];
      return buildId === undefined ? [] : [{ kind, what, buildId }];
    });
  return [
    ...processes,
    ...stateFolders.flatMap((folder) => named('folder', listed(join(folder, 'runs')))),
    ...stateFolders.flatMap((folder) => named('control group', namesBelow(trees, groupOfState(folder)))),
  ];
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
