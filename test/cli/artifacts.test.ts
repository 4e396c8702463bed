import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HELLO, HELLO_SHA256 } from '../../src/contracts/examples/uploads.js';
import { aBuild } from '../support/api-records.js';
import { json, problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const build = aBuild({});
const artifact = {
  ...{ artifact_name: 'docs', artifact_type: 'build_output', media_type: 'application/x-tar' },
  ...{ artifact_size_bytes: HELLO.length, sha256_digest: HELLO_SHA256, attempt: 1, is_available: true },
  ...{ artifact_location: `contents/${HELLO_SHA256}`, retention_policy: 'permanent', expires_at: null },
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
    expect(stdout).toContain(`docs  output, tar  6 B   for good  sha256:${HELLO_SHA256}`);
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

  it('names the folder that a file cannot go to, and what to do', async () => {
    const refused = await artifacts('docs', '-o', 'no/such/file');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain(`There is no folder ${folder}/no/such.`);
    expect(refused.stderr).toContain('Make it, or name a file in another folder with -o.');
    await mkdir(join(folder, 'taken'));
    const taken = await artifacts('docs', '-o', 'taken');
    expect(taken).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`${folder}/taken is a folder.`),
    });
  });

  it('keeps no file whose bytes are not those that were kept', async () => {
    download('hellO\n');
    const { exitCode, stderr } = await artifacts('docs');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('The stored bytes of docs are not those that were kept.');
    expect(stderr).toContain('build again');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what there is where it is not', async () => {
    api.on(`GET /v1/builds/${build.id}/artifacts/nope`, (_request, response) =>
      problem(response, 'not_found', { detail: 'The build has no such artifact; it has docs.' }),
    );
    expect((await artifacts('nope')).stderr).toContain('it has docs');
  });
});

describe('a download that breaks off', () => {
  const asked: (string | undefined)[] = [];
  beforeEach(() => void asked.splice(0));

  /** Resolves when the client has written so many bytes down. */
  async function kept(bytes: number): Promise<void> {
    for (;;) {
      const names = (await readdir(folder)).filter((name) => name.startsWith('.docs.tar.'));
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
      if (sizes.some((size) => size >= bytes)) return;
      await sleep(5);
    }
  }

  /** Serves the artifact as the api does, but the line breaks after so many bytes of each answer. */
  function breaking(bytesOfAnswers: readonly number[], { honoursRanges = true } = {}): void {
    const breaks = [...bytesOfAnswers];
    api.on(`GET /v1/builds/${build.id}/artifacts/docs`, ({ headers }, response) => {
      asked.push(headers.range);
      const first = honoursRanges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
      const isPart = first > 0 && headers['if-range'] === `"${HELLO_SHA256}"`;
      const rest = Buffer.from(HELLO).subarray(isPart ? first : 0);
      const sent = rest.subarray(0, breaks.shift() ?? rest.length);
      response.writeHead(isPart ? 206 : 200, { 'content-length': rest.length });
      response.write(sent);
      // What a client has not read is lost with its line.
      if (sent.length < rest.length)
        void kept(first + sent.length)
          .finally(() => response.destroy())
          .catch(() => undefined);
      else response.end();
    });
  }

  it('is gone on with where it stopped', async () => {
    breaking([2, 3]);
    expect((await artifacts('docs')).exitCode).toBe(0);
    expect(asked).toEqual([undefined, 'bytes=2-', 'bytes=5-']);
    expect(await readdir(folder)).toEqual(['docs.tar']);
    expect(await readFile(join(folder, 'docs.tar'), 'utf8')).toBe(HELLO);
  });

  it('is gone on with by the next command', async () => {
    breaking([3, 0, 0, 0, 0]);
    expect((await artifacts('docs')).exitCode).not.toBe(0);
    const [left] = await readdir(folder);
    expect(left).toMatch(/^\.docs\.tar\./);
    breaking([]);
    asked.splice(0);
    expect((await artifacts('docs')).exitCode).toBe(0);
    expect(asked).toEqual(['bytes=3-']);
    expect(await readFile(join(folder, 'docs.tar'), 'utf8')).toBe(HELLO);
  });

  it('begins anew where the server gives no ranges, and is judged as a whole', async () => {
    breaking([4], { honoursRanges: false });
    expect((await artifacts('docs')).exitCode).toBe(0);
    expect(await readFile(join(folder, 'docs.tar'), 'utf8')).toBe(HELLO);
  });
});

it('says of each artifact how long it is kept, or what has become of it', async () => {
  const made = { ...artifact, created_at: '2026-05-04T10:00:01.000Z' };
  const past = '2026-05-04T10:00:02.000Z';
  items([
    { ...made, artifact_name: 'a', retention_policy: 'days_90', expires_at: '2999-08-02T10:00:01.000Z' },
    { ...made, artifact_name: 'b', retention_policy: 'days_30', expires_at: past, is_available: false },
    { ...made, artifact_name: 'c', retention_policy: 'delete_on_success', is_available: false },
    { ...made, artifact_name: 'd', is_available: false },
    { ...made, artifact_name: 'r/app:1', artifact_type: 'docker_image', is_available: false },
  ]);
  const lines = (await artifacts()).stdout.split('\n').slice(1, -1);
  expect(lines.map((line) => line.split(/ {2,}/)[3])).toEqual([
    'until 2999-08-02',
    'expired 2026-05-04',
    'deleted on success',
    'lost',
    'removed',
  ]);
});
