import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensurePrograms } from '../../../src/embedded/programs.js';
import type { Confinement, RunPlan } from '../../../src/ports/engine.js';
import { containerName, FOLDER_LABEL } from '../../../src/runners/docker/container-config.js';
import { openDockerHost, type DockerHost } from '../../../src/runners/docker/docker-host.js';
import { createDockerRunner } from '../../../src/runners/docker/docker-runner.js';
import { nestingTrouble } from '../../../src/runners/docker/nesting.js';
import { FakeControlPlane, storedLog } from '../../support/fake-control-plane.js';
import { OwnSupervisor } from '../../support/own-supervisor.js';
import { startDocker } from '../../support/docker-engine.js';
import { describeRunner } from '../runner-contract.js';

const docker = await startDocker();
const MIB = 1024 ** 2;
const CONFINEMENT: Confinement = {
  reach: { programs: [process.execPath], read: [], write: [], network: 'none' },
  limits: { memoryBytes: 256 * MIB, cpuMilli: 1500, pids: 100 },
};

if (typeof docker === 'string') test.skip(`the runner docker is left out here: ${docker}`, () => undefined);
else {
  let host: DockerHost;
  beforeAll(async () => {
    const { busybox } = await ensurePrograms(['busybox']);
    host = await openDockerHost({ address: docker.address, busybox: busybox.path });
  });
  afterAll(() => docker.stop());

  describeRunner('docker', () => ({
    open: () => createDockerRunner(host),
    plan: { confinement: CONFINEMENT },
    ownVariables: ['HOME', 'PATH', 'PWD', 'SHLVL'],
    ownProcesses: 1,
    async processes(folder) {
      const { body } = await docker.call('GET', `/containers/${containerName(folder)}/top?ps_args=-eo%20pid`);
      return ((body as { Processes?: string[][] }).Processes ?? []).map(([pid]) => Number(pid));
    },
    loseRun: async (folder) =>
      void (await docker.call('DELETE', `/containers/${containerName(folder)}?force=true`)),
  }));

  describe('a container of the runner docker', () => {
    const folders: string[] = [];
    const aFolder = async (): Promise<string> => {
      const folder = await mkdtemp(path.join(tmpdir(), 'kiln-run-'));
      folders.push(folder);
      return folder;
    };
    afterEach(async () => {
      for (const folder of folders.splice(0)) {
        await createDockerRunner(host).stop(folder, 0);
        await rm(folder, { recursive: true, force: true });
      }
    });

    it('tells that memory was the reason of an end', async () => {
      const runner = createDockerRunner(host);
      const folder = await aFolder();
      await runner.start(folder, aPlan('const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'));
      expect(await runner.wait(folder)).toMatchObject({ signal: 'SIGKILL', isOutOfMemory: true });
    });

    it('sees no process, no capability and no file of the host but what its plan names', async () => {
      const runner = createDockerRunner(host);
      const folder = await aFolder();
      const script = `
        const fs = require('fs');
        const status = fs.readFileSync('/proc/self/status', 'utf8');
        const tries = (path) => { try { fs.writeFileSync(path, ''); return 'written' } catch (e) { return e.code } };
        console.log(JSON.stringify({
          processes: fs.readdirSync('/proc').filter((one) => /^[0-9]+$/.test(one)).length,
          capabilities: /CapEff:\\t(\\w+)/.exec(status)[1],
          isFixed: /NoNewPrivs:\\t1/.test(status),
          sockets: ['/var/run/docker.sock', '${docker.address.slice('unix://'.length)}'].filter(fs.existsSync),
          passwd: fs.existsSync('/etc/shadow'),
          networks: fs.readdirSync('/sys/class/net').filter((one) => one !== 'lo'),
          root: tries('/x'),
          program: tries(process.execPath),
        }))`;
      await runner.start(folder, aPlan(script));
      await runner.wait(folder);
      expect(JSON.parse(await readFile(path.join(folder, 'stdout'), 'utf8'))).toEqual({
        ...{ processes: 2, capabilities: '0000000000000000', isFixed: true, sockets: [], passwd: false },
        ...{ networks: [], root: 'EROFS', program: 'EROFS' },
      });
    });

    it("is removed when its folder is nobody's any more, and only then", async () => {
      const runner = createDockerRunner(host);
      const [runs, others] = [await aFolder(), await aFolder()];
      const at = [path.join(runs, 'a', 'run'), path.join(runs, 'b', 'run'), path.join(others, 'a', 'run')];
      folders.unshift(...at);
      for (const folder of at) await runner.start(folder, aPlan('setInterval(() => {}, 1000)'));
      await createDockerRunner(host).sweep!(runs, (folder) => folder === at[0]);
      const { body } = await docker.call('GET', '/containers/json?all=true');
      const left = (body as { Labels: Record<string, string> }[]).map(({ Labels }) => Labels[FOLDER_LABEL]);
      expect(left.sort()).toEqual([at[0], at[2]].sort());
    });

    it('that was made for a plan and never started makes way for the next', async () => {
      const folder = await aFolder();
      const name = containerName(folder);
      const body = { Image: 'kiln-empty:1', Cmd: ['/none'], Labels: { [FOLDER_LABEL]: folder } };
      await docker.call('POST', `/containers/create?name=${name}`, { body });
      const runner = createDockerRunner(host);
      expect(await runner.find(folder)).toBeNull();
      await runner.start(folder, aPlan('process.exit(5)'));
      expect(await runner.wait(folder)).toMatchObject({ exitCode: 5 });
    });

    it('is made also where somebody has removed the image of runs', async () => {
      await docker.call('DELETE', '/images/kiln-empty:1?force=true');
      const runner = createDockerRunner(host);
      const folder = await aFolder();
      await runner.start(folder, aPlan('process.exit(5)'));
      expect(await runner.wait(folder)).toMatchObject({ exitCode: 5 });
    });

    it('that was started by one who did not live to write it down is found', async () => {
      const runner = createDockerRunner(host);
      const folder = await aFolder();
      const handle = await runner.start(folder, aPlan('setInterval(() => {}, 1000)'));
      await rm(path.join(folder, 'container.json'));
      expect(await createDockerRunner(host).find(folder)).toEqual(handle);
      expect(await createDockerRunner(host).start(folder, aPlan(''))).toEqual(handle);
    });

    it('that ended with its engine is lost, and one that was done is not', async () => {
      const runner = createDockerRunner(host);
      const [cut, done] = [await aFolder(), await aFolder()];
      await runner.start(cut, aPlan('setInterval(() => {}, 1000)'));
      await runner.start(
        done,
        aPlan("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"),
      );
      const waiting = [runner.wait(cut), runner.wait(done)];
      await new Promise((resolve) => setTimeout(resolve, 500));
      await docker.restart();
      expect(await Promise.all(waiting)).toMatchObject([null, { exitCode: 0 }]);
      expect(await createDockerRunner(host).wait(cut)).toBeNull();
    });

    it('goes on without its engine where that leaves them alone', async () => {
      await docker.crash('--live-restore');
      const runner = createDockerRunner(host);
      const folder = await aFolder();
      await runner.start(folder, aPlan('setTimeout(() => process.exit(5), 3000)'));
      const waiting = runner.wait(folder);
      await docker.crash('--live-restore');
      expect(await waiting).toMatchObject({ exitCode: 5 });
    });

    it('that was to end while the engine was away is removed when it is back', async () => {
      let isAway = false;
      const call: DockerHost['call'] = (...asked) =>
        isAway ? Promise.reject(new Error('away')) : host.call(...asked);
      const runner = createDockerRunner({ ...host, call }, 300);
      const [left, next] = [await aFolder(), await aFolder()];
      await runner.start(left, aPlan('setInterval(() => {}, 1000)'));
      isAway = true;
      await expect(runner.stop(left, 0)).rejects.toThrow('away');
      isAway = false;
      await runner.start(next, aPlan(''));
      expect((await docker.call('GET', `/containers/${containerName(left)}/json`)).status).toBe(404);
    });

    it('is asked to end in all of its processes, as those of a host are', async () => {
      const runner = createDockerRunner(host);
      const folder = await aFolder();
      const child =
        "process.on('SIGTERM', () => { console.log('told'); process.exit() }); console.log('up'); setInterval(() => {}, 1000)";
      await runner.start(
        folder,
        aPlan(
          `process.on('SIGTERM', () => {}); require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }).on('exit', () => process.exit(3))`,
        ),
      );
      const printed = (): Promise<string> => readFile(path.join(folder, 'stdout'), 'utf8');
      while (!(await printed()).includes('up'))
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      await runner.stop(folder, 5000);
      expect(await printed()).toBe('up\ntold\n');
      expect(await runner.wait(folder)).toMatchObject({ exitCode: 3 });
    });
  });

  describe('containers in a container of the runner docker', () => {
    /** The same engine, were it to give other capabilities. */
    const giving = (CapAdd: readonly string[]): DockerHost => ({
      ...host,
      call: (method, at, options = {}) => {
        if (!at.startsWith('/containers/create')) return host.call(method, at, options);
        const config = options.body as { HostConfig?: object };
        const body = { ...config, HostConfig: { ...config.HostConfig, CapAdd } };
        return host.call(method, at, { ...options, body });
      },
    });

    it('can be started where the engine gives what that takes, and the trial leaves nothing', async () => {
      expect(await nestingTrouble(host)).toBeNull();
      expect((await docker.call('GET', '/containers/json?all=true')).body).toEqual([]);
    });

    it('cannot where it does not, and what it says is told', async () => {
      expect(await nestingTrouble(giving([]))).toMatch(/are refused \(exit code 1\)/);
      expect(await nestingTrouble(giving(['NO_SUCH']))).toContain('NO_SUCH');
      expect((await docker.call('GET', '/containers/json?all=true')).body).toEqual([]);
    });
  });

  describe('a supervisor with the runner docker', () => {
    const api = new FakeControlPlane();
    let own: OwnSupervisor;
    beforeAll(() => api.start());
    afterAll(() => api.stop());
    beforeEach(() => {
      own = new OwnSupervisor(api);
    });
    afterEach(() => own.end());

    it('runs the stub as that with the runner local does: log, steps, an image in staging, nothing left', async () => {
      await own.start({}, { runner: createDockerRunner(host) });
      const lease = api.grant({ options: { lines: 4, steps: 2 } });
      const report = await own.client.run(lease.ref, new AbortController().signal);
      expect(report).toMatchObject({
        result: 'succeeded',
        manifestDigest: expect.stringMatching(/^sha256:/),
      });
      expect(storedLog(lease).toString()).toContain('line 4\n');
      expect((await docker.call('GET', '/containers/json?all=true')).body).toEqual([]);
    });

    it('removes the container of a run of which nothing else is left', async () => {
      const lost = path.join(own.folder, 'state/runs/lost-1/run');
      await createDockerRunner(host).start(lost, aPlan('setInterval(() => {}, 1000)'));
      await rm(path.dirname(lost), { recursive: true });
      await own.start({}, { runner: createDockerRunner(host) });
      expect((await docker.call('GET', '/containers/json?all=true')).body).toEqual([]);
    });
  });
}

function aPlan(script: string): RunPlan {
  return {
    ...{ argv: [process.execPath, '-e', script], env: {}, cwd: '/', files: {}, outputs: [] },
    confinement: CONFINEMENT,
  };
}
