import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import { uploadFiles } from '../scenarios/paketo-builds.js';
import { hasEnded, startKiln, type TestKiln } from '../scenarios/kiln.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What is compiled and started; no test, and nothing compiled before. */
const PARTS = ['src', 'workflows', 'activities', 'migrations', 'bin', 'tools', 'web', 'docs/generated'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

let checkout: string;
let kiln: TestKiln;
beforeAll(async () => {
  checkout = mkdtempSync(join(tmpdir(), 'kiln-sixth-'));
  for (const part of [...PARTS, ...FILES])
    cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  // All that docs/adding-an-engine.md asks for: one folder, one line.
  cpSync(join(ROOT, 'examples/engines/files'), join(checkout, 'src/engines/files'), { recursive: true });
  appendFileSync(join(checkout, 'src/engines/index.ts'), "export { files } from './files/method.js';\n");
  kiln = await startKiln({}, undefined, [], join(checkout, 'bin/kiln.cjs'));
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
}, 300_000);
afterAll(async () => {
  await kiln?.stop();
  rmSync(checkout, { recursive: true, force: true });
}, 60_000);

const request = async (options: object): Promise<object> => ({
  method: 'files',
  source: { kind: 'upload', upload_id: await uploadFiles(kiln, { 'index.html': '<p>hello</p>' }) },
  options,
});

test('a method of one folder and one line builds, with its step, its record and its digest', async () => {
  const body = await request({ base: kiln.baseImage });
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', body);
  const build = await kiln.until(id, (one) => hasEnded(one) && one.log_complete);
  expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  const [, repository = '', tag = ''] = /^(.+):([^:/]+)$/.exec(build.destinations[0]!) ?? [];
  expect((await createImageRegistry().head(repository, tag))?.digest).toBe(build.result.output_image_digest);
  const { items } = await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`);
  expect(items).toMatchObject([{ instruction_type: 'COPY', status: 'success' }]);
  const [config] = await kiln.query('SELECT build_method, metadata FROM build_configs WHERE build_id = $1', [
    id,
  ]);
  expect(config).toEqual({ build_method: 'files', metadata: { base: kiln.baseImage } });
});

test('the API knows its options and refuses others by name', async () => {
  const refusal = async (options: object): Promise<string> =>
    (await kiln.call('POST', '/v1/projects/scenario/builds', await request(options))).text();
  expect(await refusal({ dockerfile: 'Dockerfile' })).toContain('files builds without a Dockerfile');
  expect(await refusal({})).toContain('required: the method files needs it');
  const description = await (await kiln.call('GET', '/openapi.json')).text();
  expect(description).toContain('Image that the files are put into');
});
