import { afterEach, expect, it } from 'vitest';
import { IMAGE_DETAIL } from '../../src/contracts/examples/images.js';
import type { ImageDetail } from '../../src/contracts/images.js';
import type { ManifestFacts } from '../../src/ports/images.js';
import { fakeImages, fakeInspections, MANIFEST } from './support/fake-images.js';
import { aWorld, fakeChanges } from './support/fake-stores.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const PATH = `/v1/images/${IMAGE_DETAIL.id}`;
const pending: ImageDetail = {
  ...IMAGE_DETAIL,
  exploration: { ...IMAGE_DETAIL.exploration, state: 'pending', ended_at: null },
};

let api: ApiUnderTest;
afterEach(() => api.close());

async function fromManifest(manifest: Partial<ManifestFacts>, path: string): Promise<[number, string]> {
  api = await startApi({ images: fakeImages({ manifest: () => ({ ...MANIFEST, ...manifest }) }) });
  const response = await api.send(`${PATH}${path}`);
  return [response.status, await response.text()];
}

it('an answer that waits comes as soon as the layers were looked into', async () => {
  let image = pending;
  let ring = (): void => undefined;
  const listening = new Promise<void>((resolve) => {
    const changes = {
      ...fakeChanges(aWorld()),
      onImage: (digest: string, rung: () => void) => {
        expect(digest).toBe(IMAGE_DETAIL.manifest_digest);
        ring = rung;
        resolve();
        return () => undefined;
      },
    };
    void startApi({ changes, images: fakeImages({ image: () => image }) }).then((started) => {
      api = started;
      answer = api.send(`${PATH}?wait_seconds=50`).then((response) => response.json());
    });
  });
  let answer: Promise<unknown> = Promise.resolve();
  await listening;
  ring();
  image = IMAGE_DETAIL;
  ring();
  expect(await answer).toMatchObject({ exploration: { state: 'explored' } });
});

it('rings in vain add no listeners to the signal that ends the wait', async () => {
  const warned: string[] = [];
  const note = (warning: Error): void => void warned.push(warning.name);
  process.on('warning', note);
  let ring = (): void => undefined;
  const onImage = (_digest: string, rung: () => void) => {
    ring = rung;
    return () => undefined;
  };
  api = await startApi({
    changes: { ...fakeChanges(aWorld()), onImage },
    images: fakeImages({ image: () => pending }),
  });
  const ringing = setInterval(() => ring(), 10);
  await api.send(`${PATH}?wait_seconds=1`);
  clearInterval(ringing);
  process.off('warning', note);
  expect(warned).not.toContain('MaxListenersExceededWarning');
});

it('an answer that waits in vain says so when the time is up', async () => {
  api = await startApi({ images: fakeImages({ image: () => pending }) });
  const startedMs = performance.now();
  const response = await api.send(`${PATH}?wait_seconds=1`);
  expect(await response.json()).toMatchObject({ exploration: { state: 'pending' } });
  expect(performance.now() - startedMs).toBeGreaterThan(900);
});

it.each(['sbom', 'scan'] as const)(
  'a failed %s is made again for whoever waits for it, and is pending meanwhile',
  async (what) => {
    const failed = (reason: string): ImageDetail => ({
      ...IMAGE_DETAIL,
      [what]: { ...IMAGE_DETAIL[what], state: 'failed', failure_reason: reason },
    });
    let image = failed('syft ended with a signal');
    let isTried = false;
    let asked = 0;
    let ring = (): void => undefined;
    const changes = {
      ...fakeChanges(aWorld()),
      onImage: (_digest: string, rung: () => void) => {
        ring = rung;
        return () => undefined;
      },
    };
    const inspections = {
      ...fakeInspections(),
      askFor: (_tenant: unknown, _image: string, one: string) => {
        asked += one === what ? 1 : 100;
        return Promise.resolve(new Date());
      },
      isTriedSince: () => Promise.resolve(isTried),
    };
    api = await startApi({ changes, inspections, images: fakeImages({ image: () => image }) });
    const wait = async (seconds: number): Promise<unknown> =>
      (await api.send(`${PATH}?wait_seconds=${seconds}&wait_for=${what}`)).json();
    expect(await wait(1)).toMatchObject({ [what]: { state: 'pending', failure_reason: null } });
    const answer = wait(50);
    await expect.poll(() => asked).toBe(2);
    [image, isTried] = [failed('syft took longer than 15 minutes'), true];
    ring();
    expect(await answer).toMatchObject({
      [what]: { state: 'failed', failure_reason: 'syft took longer than 15 minutes' },
    });
    await (await api.send(PATH)).json();
    expect(asked).toBe(2);
  },
);

it.each<[string, Partial<ManifestFacts>, string, number, string]>([
  ['an image that nobody has looked into', { state: 'pending' }, '/files', 409, 'not_explored'],
  ['an image of an older Kiln', { state: null }, '/files', 409, 'not_explored'],
  [
    'an image with a broken layer',
    { state: 'failed', failureReason: 'layer 2: it is no tar' },
    '/files',
    409,
    'layer 2: it is no tar',
  ],
  ['a layer that there is not', {}, '/files?layer=3', 404, 'There is no layer 3: the image has 2 of them.'],
  ['a layer that there is not, as a remedy', {}, '/files?layer=3', 404, 'Give a layer from 1 to 2'],
  ['a path that leads out', {}, '/files?path=../etc', 422, 'without ..'],
  ['a path at which nothing is', {}, '/files?path=/nowhere/', 404, 'The image shows nothing at /nowhere.'],
])('of %s there are no files, and the answer says why', async (_name, manifest, path, status, text) => {
  const [answered, body] = await fromManifest(manifest, path);
  expect(answered).toBe(status);
  expect(body).toContain(text);
});

it('images without package databases do not differ in packages', async () => {
  const [, body] = await fromManifest({ packages: null }, `/difference/${IMAGE_DETAIL.id}`);
  expect(JSON.parse(body)).toMatchObject({ packages: [] });
});

it('images that were not looked into are compared as far as is known', async () => {
  const [status, body] = await fromManifest(
    { state: 'pending', packages: null },
    `/difference/${IMAGE_DETAIL.id}`,
  );
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({
    files: null,
    packages: null,
    settings: [],
    layers: [{ change: 'same' }, { change: 'same' }],
  });
});
