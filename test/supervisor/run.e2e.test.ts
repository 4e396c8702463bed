import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { unpackBundle } from '../../src/adapters/context/unpack-bundle.js';
import { KilnError } from '../../src/domain/errors.js';
import { effectiveLimits } from '../../src/domain/limits/effective-limits.js';
import { createStubEngine } from '../../src/engines/stub/engine.js';
import type { Engine } from '../../src/ports/engine.js';
import type { SupervisorDeps } from '../../src/supervisor/deps.js';
import { compiledSource } from '../support/compiled-sources.js';
import { FakeControlPlane, storedLog } from '../support/fake-control-plane.js';
import { processesOfRun } from '../support/own-processes.js';
import { OwnSupervisor } from '../support/own-supervisor.js';
import { aContext } from '../api/support/a-context.js';

describe('a run under a supervisor', () => {
  const api = new FakeControlPlane();
  const never = new AbortController().signal;
  let own: OwnSupervisor;
  const scriptPath = compiledSource('src/engines/stub/script.ts');

  beforeAll(() => api.start());
  afterAll(() => api.stop());
  beforeEach(() => {
    api.fault = () => 'none';
    api.calls.length = 0;
    own = new OwnSupervisor(api);
  });
  afterEach(() => own.end());

  it('fetches the context and tries again when the bytes are not what was uploaded', async () => {
    const context = aContext({ Dockerfile: 'FROM scratch\n' });
    const bundle = Buffer.from(`${context.list.toString()}\nFROM scratch\n`);
    api.contexts.set(context.sha256, bundle.subarray(0, -4));
    const unpacked: string[] = [];
    const unpackContext = async (file: string, folder: string, sha256: string): Promise<void> => {
      await unpackBundle(file, folder, sha256, { maxBytes: 100, maxEntries: 10 });
      unpacked.push(await readFile(path.join(folder, 'Dockerfile'), 'utf8'));
    };
    await own.start({}, { unpackContext });
    const lease = api.grant({
      source: { kind: 'upload', upload_id: '22222222-2222-4222-8222-222222222222' },
      context: { sha256: context.sha256, size_bytes: 13 },
    });
    api.fault = () => {
      const times = api.calls.filter((call) => call === 'GET context').length;
      if (times === 2) api.contexts.set(context.sha256, bundle);
      return 'none';
    };
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(unpacked).toEqual(['FROM scratch\n']);
    expect(lease.outcome?.metrics.sourceDurationMs).not.toBeNull();
  });

  it('fails before anything runs when the Dockerfile is not good', async () => {
    const invalid = new KilnError('dockerfile_invalid', { message: 'Line 3: RUM' });
    const asked: unknown[] = [];
    const checkDockerfile: SupervisorDeps['checkDockerfile'] = (contextFolder, dockerfile) => {
      asked.push(path.basename(contextFolder), dockerfile);
      return Promise.reject(invalid);
    };
    const dockerfile = {
      context: '.',
      path: 'Dockerfile.dev',
      inline: null,
      target: null,
      buildArgs: {},
      platforms: [],
    };
    const engine = createStubEngine({ scriptPath }) as unknown as Engine;
    const engineFor = () => ({ ...engine, dockerfileOf: () => dockerfile });
    await own.start({}, { checkDockerfile, engineFor });
    const lease = api.grant();
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(asked).toEqual(['context', expect.objectContaining(dockerfile)]);
    expect(lease.outcome?.failure).toMatchObject({
      code: 'dockerfile_invalid',
      stage: 'compile',
      message: 'Line 3: RUM',
    });
    expect(storedLog(lease).toString()).toBe('[kiln] Line 3: RUM (dockerfile_invalid)\n');
  });

  it('ends at once when it is stopped while it keeps what the build has made', async () => {
    const engine = createStubEngine({ scriptPath }) as unknown as Engine;
    const parseOptions = (value: unknown): unknown => ({
      ...(engine.parseOptions(value) as object),
      tests: { reports: '/r' },
    });
    const engineFor = (): Engine => ({ ...engine, parseOptions });
    let isTaking = (): void => {};
    const taking = new Promise<void>((resolve) => {
      isTaking = resolve;
    });
    const takeFromImage: SupervisorDeps['takeFromImage'] = (_image, _path, _into, _known, signal) =>
      new Promise((_resolve, reject) => {
        isTaking();
        signal.addEventListener('abort', () => reject(new KilnError('unavailable')), { once: true });
      });
    await own.start({}, { engineFor, takeFromImage });
    const lease = api.grant();
    const running = own.client.run(lease.ref, never);
    await taking;
    await own.client.stop(lease.ref);
    expect(await running).toMatchObject({ result: 'failed' });
    expect(lease.outcome).toMatchObject({ image: null, failure: { code: 'cancelled' } });
  });

  it('judges the mirrors of what it reads, and says which registries its source names before it asks for credentials', async () => {
    const dockerfile = {
      ...{ context: '.', path: 'Dockerfile', inline: null, target: null },
      ...{ buildArgs: {}, platforms: [] },
    };
    const engine = createStubEngine({ scriptPath }) as unknown as Engine;
    const judged: string[] = [];
    await own.start(
      {},
      {
        engineFor: () => ({ ...engine, dockerfileOf: () => dockerfile }),
        checkDockerfile: () =>
          Promise.resolve({
            text: '',
            baseImage: null,
            registries: ['docker.io'],
            images: [],
            sourceHosts: [],
          }),
        registryMirrors: [{ registry: 'docker.io', mirror: 'mirror.example/hub' }],
        refuseRegistry: (host) => Promise.resolve(void judged.push(host)),
      },
    );
    expect(await own.client.run(api.grant().ref, never)).toMatchObject({ result: 'succeeded' });
    expect(judged).toEqual([api.registryHost, 'docker.io', 'mirror.example']);
    const calls = api.calls.filter((call) => /(?:registries|secrets)$/.test(call));
    expect(calls.slice(0, 2)).toEqual(['PUT registries', 'POST secrets']);
  });

  describe('with a lint', () => {
    const dockerfile = {
      ...{ context: '.', path: 'Dockerfile', inline: null, target: null },
      ...{ buildArgs: {}, platforms: [] },
    };
    const linted = (lintDockerfile: SupervisorDeps['lintDockerfile']): Partial<SupervisorDeps> => {
      const engine = createStubEngine({ scriptPath }) as unknown as Engine;
      const judged = { baseImage: null, registries: [], images: [], sourceHosts: [] };
      return {
        engineFor: () => ({ ...engine, dockerfileOf: () => dockerfile }),
        checkDockerfile: () => Promise.resolve({ text: 'FROM a', ...judged }),
        ...(lintDockerfile && { lintDockerfile }),
      };
    };
    const warning = (message: string) => ({
      ...({ foundBy: 'hadolint', rule: 'DL3006', severity: 'warning' } as const),
      ...{ line: 1, column: 1, message, link: null },
    });

    it('reports its warnings with the outcome, without secrets in them', async () => {
      api.secrets.set('npm-token', 'hunter2-and-more\n');
      const seen: unknown[] = [];
      const lint: SupervisorDeps['lintDockerfile'] = (folder, text) => {
        seen.push(path.basename(folder), text);
        return Promise.resolve([warning('found hunter2-and-more')]);
      };
      await own.start({}, linted(lint));
      const lease = api.grant({ options: { secrets: [{ id: 'token', name: 'npm-token' }] } });
      expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
      expect(seen).toEqual(['context', 'FROM a']);
      expect(lease.outcome?.warnings).toEqual([warning('found ***')]);
    });

    it('builds whatever becomes of the lint', async () => {
      await own.start(
        {},
        linted(() => Promise.reject(new Error('no such program'))),
      );
      const lease = api.grant();
      expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
      expect(lease.outcome?.warnings ?? []).toEqual([]);
    });

    it('builds while it lints, and waits for it at the end', async () => {
      let finish: (found: []) => void = () => {};
      await own.start(
        {},
        linted(() => new Promise((resolve) => (finish = resolve))),
      );
      const lease = api.grant();
      const running = own.client.run(lease.ref, never);
      while (!storedLog(lease).toString().includes('Staged')) await setTimeout(20);
      finish([]);
      expect(await running).toMatchObject({ result: 'succeeded' });
    });
  });

  it('asks for no Dockerfile where the method has none', async () => {
    await own.start({}, { checkDockerfile: () => Promise.reject(new KilnError('dockerfile_missing')) });
    expect(await own.client.run(api.grant().ref, never)).toMatchObject({ result: 'succeeded' });
  });

  it('fails a build whose method the host does not have', async () => {
    const engineFor = () => {
      throw new KilnError('invalid_request', { message: 'no such engine' });
    };
    await own.start({}, { engineFor });
    const lease = api.grant();
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({ code: 'invalid_request', message: 'no such engine' });
  });

  it('fails the build when the registry does not serve the digest that was pushed', async () => {
    await own.start();
    const lease = api.grant({ options: { seconds: 0.5 } });
    const forget = setInterval(() => api.registry.manifests.clear(), 1);
    const report = await own.client.run(lease.ref, never);
    clearInterval(forget);
    expect(report).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({ code: 'image_mismatch', stage: 'verification' });
  });

  it('keeps secrets out of log, steps and folders', async () => {
    api.secrets.set('npm-token', 'hunter2-and-more\n');
    await own.start();
    const secrets = [{ id: 'token', name: 'npm-token' }];
    const lease = api.grant({ options: { print_secret: 'token', secrets } });
    await own.client.run(lease.ref, never);
    expect(storedLog(lease).toString()).toContain('the secret is ***');
    expect(storedLog(lease).toString()).not.toContain('hunter2');
    for (const file of await readdir(own.journalOf(lease), { recursive: true })) {
      const content = await readFile(path.join(own.journalOf(lease), file), 'utf8').catch(() => '');
      expect([file, content.includes('hunter2')]).toEqual([file, false]);
    }
  });

  it('fails before anything runs when a secret is not stored', async () => {
    await own.start();
    const lease = api.grant({ options: { secrets: [{ id: 'token', name: '../../etc/passwd' }] } });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({ code: 'secret_missing', stage: 'compile' });
  });

  it('ends a build that prints without end', async () => {
    await own.start();
    const limits = effectiveLimits({ project: { output_max_bytes: 10_000 } });
    const lease = api.grant({ limits, options: { lines: 10_000, seconds: 60 } });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({
      code: 'output_too_large',
      stage: 'build',
      message: expect.stringContaining('output_max_bytes (10kB, set for the project)') as unknown,
    });
    expect(processesOfRun(own.runFolderOf(lease))).toEqual([]);
  });

  it('fails with stage, step and exit code when a step fails', async () => {
    await own.start();
    const lease = api.grant({ options: { exit_code: 7, lines: 3 } });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome).toMatchObject({
      exitCode: 7,
      failure: { code: 'build_step_failed', stage: 'build', stepNumber: 3, exitCode: 7 },
    });
  });
});
