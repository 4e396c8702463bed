import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildCacheMiss, BuildLayer } from '../../src/contracts/builds.js';
import type { Image, ImageDetail, ImageDifference, ImageFile } from '../../src/contracts/images.js';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { provideZstdImage } from '../support/zstd-image.js';
import { runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  kiln = await startKiln({}, undefined, ['--methods', 'buildx']);
  folder = mkdtempSync(join(tmpdir(), 'kiln-layers-'));
  env = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  writeFileSync(join(folder, 'big.bin'), Buffer.alloc(200_000, 'big'));
  writeFileSync(join(folder, 'kept.txt'), 'kept\n');
  dockerfile('RUN rm /app/big.bin && echo changed > /app/kept.txt');
}, 600_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await kiln.stop();
}, 60_000);

function dockerfile(last: string, mode = 'one'): void {
  writeFileSync(
    join(folder, 'Dockerfile'),
    [
      `FROM ${kiln.baseImage}`,
      'RUN mkdir -p /lib/apk/db && printf "P:musl\\nV:1.2.5\\n\\n" > /lib/apk/db/installed',
      'COPY big.bin kept.txt /app/',
      'ARG VERSION=1',
      `ENV MODE=${mode}`,
      last,
    ].join('\n'),
  );
}

async function build(...options: string[]): Promise<void> {
  const project = options.includes('--project') ? [] : ['--project', 'app'];
  const built = await runKiln(['build', folder, ...project, '--progress', 'none', ...options], env);
  expect([built.code, built.code === 0 ? '' : built.stdout + built.stderr]).toEqual([0, '']);
}

/** What `--wait` tells after 15 seconds and more; how long an exploration takes is not judged here. */
const STILL_WAITING = /^Waiting for the layers of sha256:[0-9a-f]{64} \(.* so far\): .*\n/gm;

async function json<T>(...argv: string[]): Promise<T> {
  const told = await runKiln([...argv, '--json'], env);
  expect([told.code, told.stderr.replace(STILL_WAITING, '')]).toEqual([0, '']);
  return JSON.parse(told.stdout) as T;
}

const missesOf = async (build: string): Promise<string[]> => {
  const shown = await json<{ cache_misses: BuildCacheMiss[] }>('show', build);
  return shown.cache_misses.map(({ reason, message }) => `${reason}: ${message}`);
};

test('an image tells what each layer does, what is wasted, what is big in it, and what it stands on', async () => {
  await build();
  const { image, items } = await json<{ image: ImageDetail; items: BuildLayer[] }>(
    'layers',
    'app#1',
    '--wait',
  );
  expect(image).toMatchObject({
    packages_count: 1,
    exploration: { state: 'explored', failure_reason: null, note: null, wasted_bytes: 200_005 },
  });
  expect(
    items.map((layer) => [layer.files_added, layer.files_changed, layer.files_removed, layer.wasted_bytes]),
  ).toEqual([
    [expect.any(Number), 0, 0, 0],
    [1, 0, 0, 0],
    [2, 0, 0, 200_005],
    [0, 1, 1, 0],
  ]);
  expect(items.map((layer) => layer.is_base_layer)).toEqual([true, false, false, false]);
  expect(`${items[0]?.base_image_name}:${items[0]?.base_image_tag}`).toBe(kiln.baseImage);
  const shown = await runKiln(['show', 'app#1'], env);
  expect(shown.stdout).toContain(`base image ${kiln.baseImage}@${items[0]?.base_image_digest}`);

  const files = await json<{ items: ImageFile[] }>('layers', 'app#1', 'app', '--files', '--layer', '4');
  expect(files.items.map((file) => [file.path, file.change, file.size_bytes])).toEqual([
    ['app', null, 200_008],
    ['app/big.bin', 'removed', 200_000],
    ['app/kept.txt', 'changed', 8],
  ]);
  const { items: ratio } = await json<{ items: Image[] }>('images', 'app');
  const metrics = await kiln.query<{ compression_ratio: string }>(
    'SELECT compression_ratio FROM build_metrics',
  );
  expect(Number(metrics[0]?.compression_ratio)).toBeCloseTo(
    ratio[0]!.compressed_size_bytes / ratio[0]!.uncompressed_size_bytes!,
    3,
  );
});

test('steps that run again say why, and two builds what differs between their images', async () => {
  await build();
  expect(await missesOf('app#2')).toEqual([]);
  writeFileSync(join(folder, 'kept.txt'), 'other\n');
  await build();
  expect(await missesOf('app#3')).toEqual([
    'files_changed: files differ: kept.txt',
    expect.stringMatching(/^earlier_step: step \d+, which it builds upon, ran$/),
  ]);
  dockerfile('RUN echo $VERSION > /app/version');
  await build();
  expect(await missesOf('app#4')).toEqual([
    'instruction_changed: the instruction was: RUN rm /app/big.bin && echo changed > /app/kept.txt',
  ]);
  await build('--build-arg', 'VERSION=2');
  expect(await missesOf('app#5')).toEqual([
    'build_arguments_changed: a build argument has another value: VERSION',
  ]);
  await build('--no-cache');
  expect(new Set((await missesOf('app#6')).map((miss) => miss.split(':')[0]))).toEqual(
    new Set(['cache_off']),
  );
  dockerfile('RUN echo $VERSION > /app/version', 'two');
  await build();
  expect(await missesOf('app#7')).toEqual(['setting_changed: ENV MODE=two, above it, was: ENV MODE=one']);

  const difference = await json<ImageDifference>('diff', 'app#1', 'app#4', '--wait');
  expect(difference.files).toMatchObject({ added: 2, changed: 1, removed: 0 });
  expect(difference.files?.biggest[0]).toEqual({
    path: 'app/big.bin',
    before_bytes: null,
    after_bytes: 200_000,
  });
  expect([difference.packages, difference.settings]).toEqual([[], []]);
  expect(difference.layers.map(({ change }) => change)).toEqual([
    'same',
    'same',
    'removed',
    'removed',
    'added',
    'added',
  ]);
}, 180_000);

test('a base image that is packed by zstd is built upon, known again, and looked into', async () => {
  const base = await provideZstdImage(kiln.access.registry);
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${base}\nRUN echo upon > /upon-zstd\n`);
  await build('--project', 'zstd');
  const { image, items } = await json<{ image: ImageDetail; items: BuildLayer[] }>(
    'layers',
    'zstd#1',
    '--wait',
  );
  expect(image.exploration).toMatchObject({ state: 'explored', failure_reason: null });
  expect(items.map((layer) => layer.is_base_layer)).toEqual([true, false]);
  const { items: files } = await json<{ items: ImageFile[] }>('layers', 'zstd#1', 'bin', '--files');
  expect(files.map(({ path }) => path)).toContain('bin/busybox');
  // The layer of the base image is published as it came; what the step makes is packed by gzip.
  const published = await createImageRegistry().inspect(image.image_repository, image.manifest_digest);
  expect(published.layers.map(({ mediaType }) => mediaType.replace(/^.*\+/, ''))).toEqual(['zstd', 'gzip']);
}, 120_000);

test('an exploration whose controller is killed in the middle of it is done by the next one, once', async () => {
  const holder = await kiln.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE layer_explorations IN SHARE ROW EXCLUSIVE MODE');
  dockerfile('RUN echo killed > /app/killed');
  await build('--project', 'killed');
  const waits = async (): Promise<boolean> => {
    const rows = await kiln.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%layer_explorations%'`,
    );
    return rows.length > 0;
  };
  while (!(await waits())) await new Promise((resolve) => setTimeout(resolve, 50));

  kiln.kill('controller');

  await holder.query('COMMIT');
  await holder.end();
  const { image, items } = await json<{ image: ImageDetail; items: BuildLayer[] }>(
    'layers',
    'killed#1',
    '--wait',
  );
  expect(image.exploration).toMatchObject({ state: 'explored', failure_reason: null });
  expect(items.at(-1)).toMatchObject({ files_added: 1 });
  const rows = await kiln.query<{ explored: string }>(
    `SELECT count(*) AS explored FROM layer_explorations WHERE layer_digest = $1`,
    [items.at(-1)!.layer_digest],
  );
  expect(rows).toEqual([{ explored: '1' }]);
}, 180_000);

test('one exploration runs for each image, however many builds make it, and none is left', async () => {
  for (const build of ['app#5', 'app#6']) await json('layers', build, '--wait');
  const rows = await kiln.query<{ images: number; explored: number; waiting: number }>(
    `SELECT (SELECT count(DISTINCT manifest_digest)::int FROM images) AS images,
            (SELECT count(*)::int FROM image_explorations WHERE state = 'explored') AS explored,
            (SELECT count(*)::int FROM outbox WHERE message ->> 'kind' = 'explore_image') AS waiting`,
  );
  const { images } = rows[0]!;
  expect(rows).toEqual([{ images, explored: images, waiting: 0 }]);
});
