import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensurePrograms } from '../../src/embedded/programs.js';
import type { Bundle } from '../../src/embedded/programs/declaration.js';
import { refusalOfApt } from '../../src/embedded/programs/apt-consent.js';
import { unpackDebianPackage } from '../../src/embedded/programs/download-debian-package.js';
import { defaultCacheFolder, bundleFolder, installBundle } from '../../src/embedded/programs/tool-cache.js';
import { dockerCall, type DockerCall } from '../../src/runners/docker/engine-api.js';

/** A Docker engine of the test's own: its folders, its socket, no network but the host's and none. */
export interface TestDocker {
  readonly address: string;
  readonly call: DockerCall;
  /** Stops it, which ends its containers, and starts it again. */
  restart(): Promise<void>;
  /** Kills it, which leaves its containers, and starts it again with these options too. */
  crash(...options: string[]): Promise<void>;
  stop(): Promise<void>;
}

const BUNDLE: Bundle = {
  name: 'test-docker-engine',
  version: 'debian',
  means: 'apt',
  refusal: refusalOfApt,
  install: async ({ folder }) => {
    const work = path.join(folder, 'work');
    await mkdir(path.join(folder, 'bin'));
    for (const [name, programs] of Object.entries({
      'docker.io': { dockerd: 'usr/sbin/dockerd' },
      containerd: {
        containerd: 'usr/bin/containerd',
        'containerd-shim-runc-v2': 'usr/bin/containerd-shim-runc-v2',
      },
      tini: { 'docker-init': 'usr/bin/tini-static' },
    })) {
      await mkdir(work);
      await unpackDebianPackage(name, work);
      for (const [program, inside] of Object.entries(programs))
        await copyFile(path.join(work, inside), path.join(folder, 'bin', program));
      await rm(work, { recursive: true });
    }
  },
};

/** Starts an engine, or tells why none can be started on this machine. */
export async function startDocker(): Promise<TestDocker | string> {
  if (process.getuid?.() !== 0) return 'a Docker engine needs root';
  const refusal = refusalOfApt();
  if (refusal !== undefined) return refusal;
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-docker-'));
  try {
    return await startIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    return `no Docker engine starts here: ${(error as Error).message.split('\n').at(-1)}`;
  }
}

async function startIn(folder: string): Promise<TestDocker> {
  const cache = defaultCacheFolder(process.env, 0);
  await installBundle(cache, BUNDLE, () => {});
  const bin = path.join(bundleFolder(cache, BUNDLE), 'bin');
  const { runc } = await ensurePrograms(['runc']);
  const at = (name: string): string => path.join(folder, name);
  const options = [
    ...['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
    ...['--host', `unix://${at('s')}`, '--bridge=none', '--iptables=false', '--ip-forward=false'],
    ...['--log-level', 'error'],
  ];
  const env = { ...process.env, PATH: `${bin}:${path.dirname(runc.path)}:${process.env['PATH']}` };
  const call = dockerCall(at('s'));
  const start = (...more: string[]): Promise<Daemon> =>
    startDaemon(path.join(bin, 'dockerd'), [...options, ...more], env, call);
  const clear = async (): Promise<void> => {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  };
  let daemon = await start().catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    address: `unix://${at('s')}`,
    call,
    async restart() {
      await daemon.end();
      daemon = await start();
    },
    async crash(...more) {
      // It ends with its parent, but not at once, and the next one would take it for its own.
      const containerd = Number(await readFile(at('exec/containerd/containerd.pid'), 'utf8'));
      await daemon.end('SIGKILL');
      while (isAlive(containerd)) await sleep(20);
      daemon = await start(...more);
    },
    async stop() {
      const { body } = await call('GET', '/containers/json?all=true');
      for (const { Id: id } of body as { Id: string }[]) await call('DELETE', `/containers/${id}?force=true`);
      await daemon.end();
      await clear();
    },
  };
}

interface Daemon {
  end(signal?: NodeJS.Signals): Promise<void>;
}

async function startDaemon(
  program: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
  call: DockerCall,
): Promise<Daemon> {
  const child = spawn(program, options, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let said = '';
  child.stderr.on('data', (text) => (said = `${said}${text}`.slice(-2000)));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const end: Daemon['end'] = async (signal = 'SIGTERM') => {
    if (child.exitCode === null) child.kill(signal);
    await Promise.race([exited, sleep(20_000, undefined, { ref: false })]);
    // What it has mounted can only be taken away after it.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    if ((await call('GET', '/_ping').catch(() => null))?.status === 200) return { end };
    await sleep(50);
  }
  await end();
  throw new Error(said.trim() || 'it does not answer');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  for (const mount of mounts.filter((one) => one.startsWith(`${folder}/`)).reverse())
    await new Promise((resolve) => spawn('umount', ['-l', mount], { stdio: 'ignore' }).once('exit', resolve));
}
