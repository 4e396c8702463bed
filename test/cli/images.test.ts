import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LAYERS } from '../../src/contracts/examples/build-records.js';
import { DIFFERENCE, FILES, IMAGE, IMAGE_DETAIL } from '../../src/contracts/examples/images.js';
import { OTHER_IMAGE_ID } from '../../src/contracts/examples/names.js';
import type { ImageDetail } from '../../src/contracts/images.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { imageListLines } from '../../src/cli/views/image-list.js';
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
      '2 layers, 35.7 MB, 93.3 MB unpacked, 12.3 kB wasted (efficiency 99.9 %), 88 packages',
      '',
    ]);
  });

  it.each([
    [exploration({}), /Kiln is looking into its layers. That usually takes 3s. --wait waits for it./],
    [
      exploration({ usual_seconds: null, failure_reason: 'It does not answer.' }),
      /looking into its layers. The last try came to nothing: It does not answer. --wait/,
    ],
    [exploration({ usual_seconds: null }), /Kiln is looking into its layers. --wait waits for it./],
    [exploration({ requested_at: null }), /Nobody has looked into its layers; the next build/],
    [
      exploration({ state: 'failed', failure_reason: 'layer 2: it is no tar.' }),
      /could not be read: layer 2: it is no tar\.$/m,
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
    const { stderr } = await kiln('layers', build.id);
    expect(stderr).toContain('hello#12 has no image: it failed.');
    expect(stderr).toContain('`kiln show hello#12` says why.');
  });

  it.each([
    ['queued', {}, 'it waits for its turn', 'kiln logs -f hello#12'],
    ['in_progress', {}, 'it is being built', 'kiln logs -f hello#12'],
    ['cancelled', {}, 'it was cancelled.', 'kiln images hello'],
    [
      'failed',
      { resumable_from: 'publish' },
      'it failed before the image was published',
      'kiln retry hello#12 --from publish',
    ],
  ] as const)('says of a build that is %s %j why it has no image', async (status, result, why, fix) => {
    const none = aBuild({ image_id: null, status });
    const body = { ...none, result: { ...none.result, ...result } };
    api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, body));
    const { stderr } = await kiln('layers', build.id);
    expect(stderr).toContain(why);
    expect(stderr).toContain(fix);
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

describe('what the layers of an image come to', () => {
  it.each([
    [0.4676, 'efficiency 46.7 %'],
    [0.9999, 'efficiency 99.9 %'],
    [1, 'efficiency 100 %'],
  ])('names an efficiency of %d as %s', async (efficiency, text) => {
    image(exploration({ ...IMAGE_DETAIL.exploration, efficiency }));
    expect((await kiln('layers', build.id)).stdout).toContain(text);
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

describe('the list of images', () => {
  const tags = [
    'r.test/team/app:1.2.3',
    'r.test/team/app:latest',
    'r.test/team/app:a-branch-with-a-long-name',
  ];
  const shown = (columns: number) =>
    imageListLines([{ ...IMAGE, tags }], {
      columns,
      nowMs: Date.parse(IMAGE.last_built_at),
      style: createStyle(false),
    });

  it('shows all tags beside an image, in as many lines as they take', () => {
    expect(shown(90).slice(1)).toEqual([
      'sha256:8d3b6f0c52a9  35.7 MB  2       just now  app#3  team/app:1.2.3, team/app:latest,',
      `${' '.repeat(55)}team/app:a-branch-with-a-long-name`,
    ]);
  });

  it('names the registries where there is more than one', () => {
    const images = [
      { ...IMAGE, tags: ['r.test/app:1'] },
      { ...IMAGE, tags: ['s.test:5000/app:1', 'r.test/app:2'] },
    ];
    const lines = imageListLines(images, {
      columns: 120,
      nowMs: Date.parse(IMAGE.last_built_at),
      style: createStyle(false),
    });
    expect(lines.slice(1).map((line) => line.slice(55))).toEqual([
      'r.test/app:1',
      's.test:5000/app:1, r.test/app:2',
    ]);
  });

  it('shows them below it in a narrow terminal', () => {
    expect(shown(60).slice(1)).toEqual([
      'sha256:8d3b6f0c52a9  35.7 MB  2       just now  app#3',
      '  team/app:1.2.3, team/app:latest,',
      '  team/app:a-branch-with-a-long-name',
    ]);
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

  it('tells layers that both have once, also where others stand below them or they have moved', async () => {
    const [base, own] = DIFFERENCE.layers;
    const layers = [
      { ...own!, layer_number: 1, created_by: 'FROM old' },
      { ...own!, change: 'added', layer_number: 1, created_by: 'FROM new' },
      { ...base!, layer_number: 2 },
    ];
    compare({ ...DIFFERENCE, layers });
    expect((await kiln('diff', build.id, IMAGE.id)).stdout).toContain(
      [
        '  1 layer of both, upon other layers than before',
        '-  1    4.2 MB  FROM old',
        '+  1    4.2 MB  FROM new',
        '',
      ].join('\n'),
    );
    compare({
      ...DIFFERENCE,
      layers: [base!, { ...own!, change: 'moved', layer_number: 3, moved_from: 2 }],
    });
    expect((await kiln('diff', build.id, IMAGE.id)).stdout).toContain(
      '~  3    4.2 MB  (was layer 2)  RUN go build -o /app\n',
    );
  });

  it('waits for the bills of materials with --wait, and says why packages are not known', async () => {
    const sbom = { ...IMAGE_DETAIL.sbom, state: 'pending', tool: null } as const;
    const failure = { ...sbom, state: 'failed', failure_reason: 'syft is not here' } as const;
    compare({ ...DIFFERENCE, packages: null });
    api.on('GET /v1/images/*', ({ query }, response) =>
      json(response, 200, { ...IMAGE_DETAIL, sbom: query.get('wait_for') === 'sbom' ? failure : sbom }),
    );
    expect((await kiln('diff', build.id, IMAGE.id)).stdout).toContain(
      'The packages of one of them are not known: the bill of materials is still being made; ask again in a moment.',
    );
    expect((await kiln('diff', build.id, IMAGE.id, '--wait')).stdout).toContain(
      'The packages of one of them are not known: there is no bill of materials: syft is not here.',
    );
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
