import type { RunOutcome } from '../../src/domain/builds/outcome.js';
import { changeBuild } from '../../src/contracts/change-build.js';
import type { WhatIfChanges } from '../../src/contracts/what-if.js';
import { BUILT_IN_LIMITS } from '../../src/domain/limits/effective-limits.js';
import type { AcceptBuild, WhatIfRequest } from '../../src/ports/records.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { anImage, anOutcome, aRunningBuild, finish, takeUp } from './builds.js';
import type { FreshDatabase } from './database.js';

const NO_GIT = { commit: null, branch: null, author: null, message: null };
const BASE = { name: 'docker.io/library/debian', tag: '12', digest: `sha256:${'b'.repeat(64)}` };
const MATERIALS = { images: [{ reference: 'docker.io/library/debian:12', digest: BASE.digest }], files: [] };
const options = { dockerfile_inline: 'FROM debian:12', build_args: { A: '1' }, cache_to: ['r.example/c:1'] };

/** A published build, and the means to make what-ifs of it. */
export async function aSuccess(
  db: FreshDatabase,
  over: Partial<AcceptBuild> = {},
  outcome: Partial<RunOutcome> = {},
) {
  const running = await aRunningBuild(db, { options, git: { ...NO_GIT, branch: 'main' }, ...over });
  await finish(
    db,
    running.holder,
    anOutcome({ image: { ...anImage('built'), baseImage: BASE }, materials: MATERIALS, ...outcome }),
  );
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
  await createDispatcher(db.controller).release(running.lease);
  return running;
}

/** As the api asks for a what-if. */
export function aWhatIfRequest(buildId: string, changes: WhatIfChanges = { no_cache: true }): WhatIfRequest {
  return {
    buildId,
    limits: BUILT_IN_LIMITS,
    judge: () => undefined,
    change: (before) => changeBuild(before, changes),
    idempotency: null,
  };
}

export type Success = Awaited<ReturnType<typeof aSuccess>>;

export async function aWhatIf(db: FreshDatabase, success: Success, changes?: WhatIfChanges) {
  const { build } = await createBuildStore(db.api).whatIf(
    success.tenant,
    aWhatIfRequest(success.build.id, changes),
  );
  return build;
}

/** Grants it a lease and has its host take it up. */
export async function startWhatIf(db: FreshDatabase, { worker }: Success, buildId: string) {
  const answer = await createDispatcher(db.controller).requestLease(buildId);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  return { answer, ...(await takeUp(db, worker.workerId, answer.lease)), lease: answer.lease };
}

/** One that has succeeded, with its image in staging. */
export async function aStagedWhatIf(
  db: FreshDatabase,
  success: Success,
  image = anImage('other'),
  outcome: Partial<RunOutcome> = {},
  changes?: WhatIfChanges,
) {
  const build = await aWhatIf(db, success, changes);
  const { holder, lease } = await startWhatIf(db, success, build.id);
  await finish(
    db,
    holder,
    anOutcome({ image: { ...image, baseImage: BASE }, materials: MATERIALS, ...outcome }),
  );
  const recorder = createRecorder(db.controller);
  await recorder.record(build.id, lease, { kind: 'staged' });
  await createDispatcher(db.controller).release(lease);
  return createBuildStore(db.api).get(success.tenant, build.id);
}
