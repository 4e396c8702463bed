import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { lintRunDockerfile } from '../../src/main/lint-run-dockerfile.js';

const DOCKERFILE = 'FROM debian\nRUN cd /tmp && echo $x\n# hadolint ignore=DL3025\nCMD echo hello\n';
const never = new AbortController().signal;

let base: string;
let context: string;
let lint: ReturnType<typeof lintRunDockerfile>;
beforeAll(async () => {
  const { hadolint } = await ensurePrograms(['hadolint']);
  lint = lintRunDockerfile(hadolint.path);
}, 120_000);
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'kiln-hadolint-'));
  context = mkdtempSync(path.join(base, 'context-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const rules = async (): Promise<(string | number | null)[][]> =>
  (await lint(context, DOCKERFILE, never)).map(({ rule, severity, line }) => [rule, severity, line]);

test('hadolint names rule, severity and line, and leaves out what the Dockerfile tells it to', async () => {
  expect(await rules()).toEqual([
    ['DL3006', 'warning', 1],
    ['DL3003', 'warning', 2],
    ['SC2086', 'info', 2],
  ]);
});

test('it obeys the .hadolint.yaml of the source', async () => {
  const settings = 'ignored: [DL3003]\noverride: { style: [DL3006] }\nfailure-threshold: error\n';
  writeFileSync(path.join(context, '.hadolint.yaml'), settings);
  expect(await rules()).toEqual([
    ['DL3006', 'style', 1],
    ['SC2086', 'info', 2],
  ]);
});

test('it reads no settings to which a link leads out of the source', async () => {
  writeFileSync(path.join(base, 'settings'), 'ignored: [DL3003]\n');
  symlinkSync('../settings', path.join(context, '.hadolint.yaml'));
  await expect(rules()).rejects.toMatchObject({ code: 'path_escapes_context' });
});

test('a file that it cannot read is no error', async () => {
  const [first] = await lint(context, 'FROM debian:12\nRUNN x\n', never);
  expect(first).toMatchObject({ rule: 'DL1000', severity: 'info', line: 2 });
});
