import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import type { MaterialImage } from '../../../src/domain/images/materials.js';
import type { AcceptBuild } from '../../../src/ports/records.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createExplorations } from '../../../src/storage/images/explorations.js';
import {
  aBuild,
  anImage,
  anOutcome,
  aProject,
  aStep,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const DIGEST = `sha256:${'d'.repeat(64)}`;
const FORGED = `sha256:${'e'.repeat(64)}`;
const BASE = '127.0.0.1:5000/base/busybox:1';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** A build that was published, with the steps and the images that its builder told. */
async function aPublished(
  tenant: TenantContext,
  projectId: string,
  made: {
    steps: readonly string[];
    images?: readonly MaterialImage[];
    image?: InspectedImage;
    over?: Partial<AcceptBuild>;
  },
) {
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const build = await aBuild(db, tenant, projectId, made.over);
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  const { holder } = await takeUp(db, worker.workerId, answer.lease);
  const steps = made.steps.map((name, index) =>
    aStep(index + 1, { name, status: 'success', instructionType: /\b([A-Z]{3,})\b/.exec(name)?.[1] ?? null }),
  );
  await createLeaseGate(db.api).putSteps(holder, 1, steps);
  const { images = [] } = made;
  await finish(
    db,
    holder,
    anOutcome({ image: made.image ?? anImage(build.id), materials: { images, files: [] } }),
  );
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(answer.lease, () => Promise.resolve());
  await recorder.record(build.id, answer.lease, { kind: 'published' });
  return build;
}

test('a build keeps which images it was made from as its run has recorded them, and none that only a step tells', async () => {
  const tenant = await aTenant(db);
  const { id } = await aProject(db, tenant);
  const steps = [`[1/2] FROM ${BASE}@${FORGED}`, `[2/2] FROM evil.example.com/never:1@${FORGED}`];
  const images = [
    { reference: 'reg:5000/tools:2', digest: DIGEST },
    { reference: BASE, digest: DIGEST },
  ];
  const build = await aPublished(tenant, id, { steps, images });
  expect(await createBuildStore(db.api).baseImages(tenant, build.id)).toEqual([
    { reference: BASE, digest: DIGEST, is_base: true },
    { reference: 'reg:5000/tools:2', digest: DIGEST, is_base: false },
  ]);
  const stranger = await aTenant(db);
  await expect(createBuildStore(db.api).baseImages(stranger, build.id)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test.each([
  ['that was recorded', DIGEST],
  ['that nobody has recorded', null],
])(
  'a base with a digest %s marks its layers, and later builds of the image have it at once',
  async (_name, digest) => {
    const tenant = await aTenant(db);
    const { id: projectId } = await aProject(db, tenant);
    const builds = createBuildStore(db.api);
    const explorations = createExplorations(db.controller);
    // As of a template, which does not say what its image stands on.
    const image = { ...anImage('recognised'), baseImage: null };
    const made = { steps: [`pull ${BASE}`], images: [{ reference: BASE, digest }], image };
    const first = await aPublished(tenant, projectId, made);
    const [standing] = await explorations.standing({
      ...{ tenantId: tenant.tenantId, projectId },
      digest: image.manifestDigest,
    });
    expect(standing).toMatchObject({ buildId: first.id, used: [{ reference: BASE, digest, isBase: false }] });
    await explorations.saveBase(tenant.tenantId, standing!, { reference: BASE, digest, layerCount: 1 });
    const second = await aPublished(tenant, projectId, made);
    for (const build of [first, second])
      expect(await builds.baseImages(tenant, build.id)).toEqual([{ reference: BASE, digest, is_base: true }]);
    expect(await builds.layers(tenant, second.id)).toMatchObject([
      {
        is_base_layer: true,
        base_image_name: '127.0.0.1:5000/base/busybox',
        base_image_tag: '1',
        base_image_digest: digest,
      },
      { is_base_layer: false, base_image_name: null, base_image_tag: null, base_image_digest: null },
    ]);
  },
);

test('a build is compared with the one before it of the same project, method, target and platforms', async () => {
  const tenant = await aTenant(db);
  const { id } = await aProject(db, tenant);
  const builds = createBuildStore(db.api);
  const steps = [`[1/2] FROM ${BASE}`, '[2/2] RUN make'];
  const options = (more: object) => ({ options: { dockerfile_inline: 'FROM scratch', ...more } });
  const first = await aPublished(tenant, id, { steps, over: options({ build_args: { V: '1' } }) });
  await aPublished(tenant, id, { steps, over: options({ target_stage: 'other' }) });
  await aPublished(tenant, id, { steps, over: options({ platforms: ['linux/arm64'] }) });
  await aPublished(tenant, (await aProject(db, tenant)).id, { steps });
  const over = { ...options({ cache_enabled: false }), resources: { network: 'none' as const } };
  const last = await aPublished(tenant, id, { steps, over });

  expect((await builds.cacheFacts(tenant, first.id)).before).toBeNull();
  const { now, before } = await builds.cacheFacts(tenant, last.id);
  expect(now).toMatchObject({
    usesCache: false,
    network: 'none',
    buildArgs: {},
    host: expect.stringMatching(/^worker/),
    method: 'buildx',
    uploadSha256: null,
    contextFolder: '.',
    steps: [
      { number: 1, name: steps[0], type: 'FROM', isCached: false, isDone: true },
      { number: 2, name: steps[1], type: 'RUN', isCached: false, isDone: true },
    ],
  });
  expect(before).toMatchObject({ usesCache: true, buildArgs: { V: '1' } });

  const { id: scratch } = await aProject(db, tenant);
  await aPublished(tenant, scratch, { steps: ['[1/1] COPY a /a'] });
  const next = await aPublished(tenant, scratch, { steps: ['[1/1] COPY a /a'] });
  expect((await builds.cacheFacts(tenant, next.id)).before).not.toBeNull();
});
