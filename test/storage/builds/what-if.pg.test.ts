import { sql } from 'kysely';
import { changeBuild } from '../../../src/contracts/change-build.js';
import { pinFor } from '../../../src/contracts/rebuild.js';
import type { WhatIfChanges } from '../../../src/contracts/what-if.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import type { WhatIfRequest } from '../../../src/ports/records.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createGateStore } from '../../../src/storage/gates/gate-store.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { createPlainDispatcher } from '../../support/dispatcher.js';
import { anImage, anOutcome, aRunningBuild, finish, started } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const BASE = { name: 'docker.io/library/debian', tag: '12', digest: `sha256:${'b'.repeat(64)}` };
const options = { dockerfile_inline: 'FROM debian:12', build_args: { A: '1' }, cache_to: ['r.example/c:1'] };
