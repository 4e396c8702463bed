import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { serveNarrowing } from '../../../src/engines/container/narrow-steps.js';
import { runtimeScript } from '../../../src/engines/container/step-runtime.js';

const run = promisify(execFile);

describe('the runtime of steps', () => {
  let folder: string;
  let runtime: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'kiln-runtime-'));
    const at = (name: string) => path.join(folder, name);
    writeFileSync(at('runc'), '#!/bin/sh\necho "runc $@"\n');
    chmodSync(at('runc'), 0o700);
    runtime = at("run'time");
    const pipes = { asked: at('asked'), answered: at('answered') };
    await serveNarrowing(pipes);
    writeFileSync(runtime, runtimeScript(at('runc'), pipes), { mode: 0o700 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function aBundle(name: string, config: string): string {
    const bundle = path.join(folder, name);
    mkdirSync(bundle);
    writeFileSync(path.join(bundle, 'config.json'), config);
    return bundle;
  }

  test('starts runc once the configuration of the step is narrowed', async () => {
    const config = { mounts: [{ type: 'cgroup2', options: ['rw'] }], linux: { seccomp: { syscalls: [] } } };
    for (const name of ['one', 'two']) {
      const bundle = aBundle(name, JSON.stringify(config));
      const { stdout } = await run(runtime, ['--root', '/r', 'create', '--bundle', bundle, 'id']);
      expect(stdout).toBe(`runc --root /r create --bundle ${bundle} id\n`);
      expect(readFileSync(path.join(bundle, 'config.json'), 'utf8')).toContain('"ro"');
    }
  });

  test('starts nothing whose configuration cannot be narrowed', async () => {
    const bundle = aBundle('broken', '{');
    await expect(run(runtime, ['create', '--bundle', bundle, 'id'])).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('could not be narrowed') as unknown,
    });
  });

  test('passes on what makes no container', async () => {
    expect((await run(runtime, ['kill', 'id', 'KILL'])).stdout).toBe('runc kill id KILL\n');
  });
});
