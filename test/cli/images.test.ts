import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LAYERS } from '../../src/contracts/examples/build-records.js';
import { DIFFERENCE, FILES, IMAGE, IMAGE_DETAIL } from '../../src/contracts/examples/images.js';
import { OTHER_IMAGE_ID } from '../../src/contracts/examples/names.js';
import type { ImageDetail } from '../../src/contracts/images.js';
import { aBuild } from '../support/api-records.js';
import { json, problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const build = aBuild({ image_id: IMAGE.id });

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
  api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, build));
  api.on('GET /v1/builds/*', (_request, response) => problem(response, 'not_found'));
  image(IMAGE_DETAIL);
});
afterEach(() => api.close());

function image(first: ImageDetail, then = first): void {
  let asked = 0;
  api.on('GET /v1/images/*', (_request, response) => json(response, 200, asked++ === 0 ? first : then));
  api.on(`GET /v1/images/${IMAGE.id}/layers`, (_request, response) => json(response, 200, { items: LAYERS }));
  api.on(`GET /v1/images/${IMAGE.id}/files`, (_request, response) => json(response, 200, { items: FILES }));
}

const kiln = (...argv: string[]) => runKiln(argv, { apiUrl: api.url });
const exploration = (change: Partial<ImageDetail['exploration']>): ImageDetail => ({
  ...IMAGE_DETAIL,
  uncompressed_size_bytes: null,
  packages_count: null,
  exploration: {
    ...IMAGE_DETAIL.exploration,
    ...{ state: 'pending', ended_at: null, file_size_bytes: null, wasted_bytes: null, efficiency: null },
    ...change,
  },
});

describe('kiln layers', () => {
  it('says what each layer does, which came with the base image, and what is wasted', async () => {
    const { stdout, exitCode } = await kiln('layers', build.id);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'LAYER  SIZE     FILES  WASTED   DIGEST               BUILDS  STEP  MADE BY',
      '1      31.5 MB  +4210  12.3 kB  sha256:1f7c0d92e6b3  12      -     (base)',
      '2      4.2 MB   +1 ~1  -        sha256:c05e8a21f94b  1       2     RUN go build -o /app',
      '',
      '2 layers, 35.7 MB, 93.3 MB unpacked, 12.3 kB wasted (efficiency 99 %), 88 packages',
      '',
    ]);
  });

  it.each([
    [exploration({}), /Kiln is looking into its layers. That usually takes 3s. --wait waits for it./],
    [exploration({ usual_seconds: null }), /Kiln is looking into its layers. --wait waits for it./],
    [exploration({ requested_at: null }), /Nobody has looked into its layers; the next build/],
    [
      exploration({ state: 'failed', failure_reason: 'layer 2: it is no tar' }),
      /could not be read: layer 2: it is no tar./,
    ],
  ])('says so when its layers were not looked into', async (shown, text) => {
    image(shown);
    expect((await kiln('layers', build.id)).stdout).toMatch(text);
  });

  it('waits until they were when asked to', async () => {
    image(exploration({}), IMAGE_DETAIL);
    expect((await kiln('layers', build.id, '--wait')).stdout).toContain('12.3 kB wasted');
    const waits = api.seen.filter((request) => request.query.has('wait_seconds'));
    expect(waits).toHaveLength(1);
  });

  it.each([
    IMAGE.manifest_digest,
    IMAGE.manifest_digest.slice(0, 20),
    `registry/app@${IMAGE.manifest_digest}`,
  ])('takes the image %s', async (reference) => {
    expect((await kiln('layers', reference)).exitCode).toBe(0);
    expect(decodeURIComponent(api.seen[0]?.path ?? '')).toBe(
      `/v1/images/${reference.replace('registry/app@', '')}`,
    );
  });

  it('takes the id of an image, and says so where a build has none', async () => {
    expect((await kiln('layers', OTHER_IMAGE_ID)).exitCode).toBe(0);
    const failed = aBuild({ image_id: null, status: 'failed' });
    api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, failed));
    expect((await kiln('layers', build.id)).stderr).toContain('has no image: it is failed.');
  });

  it('shows files as a tree, sizes first', async () => {
    const { stdout } = await kiln('layers', build.id, 'usr', '--files', '--layer', '2', '-n', '9');
    expect(stdout.split('\n')).toEqual([
      '  91.7 MB /  4211 files, 21.2 MB not shown',
      '  61.1 MB   usr/  3640 files, 8.7 MB not shown',
      '  52.4 MB     lib/  2310 files, 52.4 MB not shown',
      '   9.4 MB   app',
      '',
    ]);
    expect(Object.fromEntries(api.requests(`GET /v1/images/${IMAGE.id}/files`)[0]!.query)).toEqual({
      path: 'usr',
      layer: '2',
      limit: '9',
    });
    expect((await kiln('layers', build.id, 'usr')).stderr).toContain('Add --files.');
  });
});

describe('kiln images', () => {
  it('lists digest, size, layers, build and tags, of one project when asked', async () => {
    api.on('GET /v1/images', (_request, response) =>
      json(response, 200, { items: [IMAGE, { ...IMAGE, tags: [] }], next_cursor: 'more' }),
    );
    const { stdout, stderr } = await kiln('images', 'app');
    expect(stdout).toMatch(/sha256:8d3b6f0c52a9 {2}35.7 MB {2}2 {7}.* {2}app#3 {2}team\/app:1.2\n/);
    expect(stdout).toMatch(/app#3 {2}none\n/);
    expect(stderr).toContain('More: --cursor more');
    expect(api.requests('GET /v1/images')[0]!.query.get('project')).toBe('app');
  });
});

describe('kiln diff', () => {
  const compare = (answer: object) =>
    api.on(`GET /v1/images/${IMAGE.id}/difference/*`, (_request, response) => json(response, 200, answer));

  it('says what differs, part by part', async () => {
    compare({
      ...DIFFERENCE,
      packages: [
        { name: 'zlib', before: '1.2', after: '1.3' },
        { name: 'curl', before: null, after: '8.1' },
      ],
    });
    const { stdout } = await kiln('diff', build.id, IMAGE.id);
    expect(stdout.split('\n')).toEqual([
      'size      35.7 MB -> 31.5 MB (-4.2 MB)',
      'unpacked  93.3 MB -> 83.9 MB (-9.4 MB)',
      '',
      'Settings',
      '- entrypoint  ["/app"]',
      '',
      'Layers',
      '  1 layer of both',
      '-  2    4.2 MB  RUN go build -o /app',
      '',
      'Packages',
      '~ zlib  1.2 -> 1.3',
      '+ curl  8.1',
      '',
      'Files',
      '  0 added (+0 B), 0 changed (+0 B), 1 removed (-9.4 MB)',
      '- /app  9.4 MB',
      '',
    ]);
  });

  it('says what is not known, and that two builds made the same image', async () => {
    compare({ ...DIFFERENCE, packages: null, files: null });
    const { stdout } = await kiln('diff', build.id, IMAGE.id);
    expect(stdout).toContain('The packages of one of them are not known.');
    expect(stdout).toContain('Kiln has not looked into both of them');
    compare({ ...DIFFERENCE, after: DIFFERENCE.before });
    expect((await kiln('diff', build.id, IMAGE.id)).stdout).toBe('They are the same image.\n');
  });
});
