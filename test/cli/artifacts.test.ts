import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELLO, HELLO_SHA256 } from '../../src/contracts/examples/uploads.js';
import { aBuild } from '../support/api-records.js';
import { json, problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const build = aBuild({});
const artifact = {
  ...{ artifact_name: 'docs', artifact_type: 'build_output', media_type: 'application/x-tar' },
  ...{ artifact_size_bytes: HELLO.length, sha256_digest: HELLO_SHA256, attempt: 1, is_available: true },
  created_at: '2026-05-04T10:00:01.000Z',
};

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await startFakeApi();
  folder = await mkdtemp(join(tmpdir(), 'kiln-download-'));
  api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, build));
  items([artifact]);
  download(HELLO);
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

function items(all: readonly object[]): void {
  api.on(`GET /v1/builds/${build.id}/artifacts`, (_request, response) => json(response, 200, { items: all }));
}

function download(text: string): void {
  api.on(`GET /v1/builds/${build.id}/artifacts/docs`, (_request, response) => void response.end(text));
}

const artifacts = (...argv: string[]) =>
  runKiln(['artifacts', build.id, ...argv], { apiUrl: api.url, cwd: folder });

describe('kiln artifacts', () => {
  it('lists them with type, size and digest', async () => {
    const { stdout } = await artifacts();
    expect(stdout).toContain(`docs  output, tar  6 B   sha256:${HELLO_SHA256}`);
    items([]);
    expect((await artifacts()).stdout).toBe('There are no artifacts.\n');
  });

  it('downloads one under its own name, or the one that is given, or to stdout', async () => {
    expect(await artifacts('docs')).toMatchObject({ exitCode: 0, stdout: `${folder}/docs.tar (6 B)\n` });
    expect((await artifacts('docs', '-o', 'other')).exitCode).toBe(0);
    expect(await readdir(folder)).toEqual(['docs.tar', 'other']);
    expect(await readFile(join(folder, 'other'), 'utf8')).toBe(HELLO);
    expect((await artifacts('docs', '-o', '-')).stdout).toBe(HELLO);
  });

  it('keeps no file whose bytes are not those that were kept', async () => {
    download('hellO\n');
    const { exitCode, stderr } = await artifacts('docs');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('What arrived of docs is not what was kept.');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what there is where it is not', async () => {
    api.on(`GET /v1/builds/${build.id}/artifacts/nope`, (_request, response) =>
      problem(response, 'not_found', { detail: 'The build has no such artifact; it has docs.' }),
    );
    expect((await artifacts('nope')).stderr).toContain('it has docs');
  });
});
