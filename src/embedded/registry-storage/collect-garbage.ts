import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { claimStateFolder, releaseStateFolder } from '../owner.js';
import { isSameProcess } from '../process-identity.js';
import { ensurePrograms } from '../programs.js';
import { lastLines, runCommand } from '../programs/run-command.js';
import { readServiceRecord } from '../services/service-record.js';
import { type CollectionPlan, planCollection } from './plan-collection.js';
import { manifestFolder, readBlobs, readManifest, readRepositories } from './read-repositories.js';

const COLLECT_TIMEOUT_MS = 60 * 60_000;

/** What was, or would be, taken away from the registry of `kiln up`. */
export interface Collected {
  readonly staged_manifests: number;
  readonly blobs: number;
  readonly freed_bytes: number;
}

/**
 * Frees what nothing needs in the registry of a stopped `kiln up`. Nobody pushes meanwhile: the state folder is claimed as `kiln up` does it.
 * Only looks with `dryRun`. Raises `already_serving` while a Kiln serves, `state_in_use` for a registry that a killed one left.
 */
export async function collectGarbage(
  stateFolder: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Collected> {
  const config = join(stateFolder, 'registry', 'config.yml');
  if (!existsSync(config))
    throw new KilnError('not_found', {
      message: `${stateFolder} holds no registry of a Kiln.`,
      fix: 'Name the folder of the state with --state, as for `kiln up`.',
    });
  await claimStateFolder(stateFolder, 'kiln gc');
  try {
    await refuseRunning(stateFolder);
    const dataFolder = join(stateFolder, 'registry', 'data');
    const plan = await lookThrough(dataFolder);
    if (!dryRun) await carryOut(plan, { config, dataFolder });
    const left = dryRun ? [] : await readBlobs(dataFolder);
    const kept = new Set(left.map(({ digest }) => digest));
    const freed = plan.blobs.filter(({ digest }) => !kept.has(digest));
    return {
      staged_manifests: plan.staged.length,
      blobs: freed.length,
      freed_bytes: freed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
  } finally {
    await releaseStateFolder(stateFolder);
  }
}

async function refuseRunning(stateFolder: string): Promise<void> {
  const { process: running } = (await readServiceRecord(stateFolder, 'registry')) ?? {};
  if (running === undefined || !isSameProcess(running)) return;
  throw new KilnError('state_in_use', {
    message: `The registry of ${stateFolder} still runs (process ${running.pid}): a Kiln that was killed has left it.`,
    fix: 'End what is left with `kiln down`, then ask again.',
  });
}

async function lookThrough(dataFolder: string): Promise<CollectionPlan> {
  const repositories = await readRepositories(dataFolder);
  const digests = new Set(repositories.flatMap(({ manifests }) => manifests));
  const manifests = new Map<string, Awaited<ReturnType<typeof readManifest>>>();
  for (const digest of digests) manifests.set(digest, await readManifest(dataFolder, digest));
  return planCollection(repositories, await readBlobs(dataFolder), manifests);
}

/** The registry's own program takes the blobs away: it looks again which of them a manifest names. */
async function carryOut(
  { staged }: CollectionPlan,
  { config, dataFolder }: { readonly config: string; readonly dataFolder: string },
): Promise<void> {
  for (const { repository, digest } of staged)
    await rm(manifestFolder(dataFolder, repository, digest), { recursive: true, force: true });
  const { registry } = await ensurePrograms(['registry']);
  const { code, output } = await runCommand(registry.path, ['garbage-collect', config], {
    timeoutMs: COLLECT_TIMEOUT_MS,
    env: { OTEL_TRACES_EXPORTER: 'none' },
  });
  if (code === 0) return;
  throw new KilnError('internal', {
    message: `The registry's own collection ended with ${code ?? 'no code'}: ${lastLines(output, 3)}`,
    fix: 'Nothing that is needed was removed; look at the disk and at the message, then ask again.',
  });
}
