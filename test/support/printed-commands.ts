import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Build } from '../../src/contracts/builds.js';

export interface Printed {
  /** Runs a build with the engine that builds nothing and gives its last state. */
  build(token: string): Promise<Build>;
  stop(): Promise<void>;
}

/**
 * Gives the commands that `kiln setup` printed to a shell, in another folder. Added are the engine that builds nothing, and free ports
 * for those whose port nobody needs to know.
 */
export async function startAsPrinted(printed: string, apiUrl: string): Promise<Printed> {
  const commands = printed.split('\n').filter((line) => /^ {2}KILN_CONFIG_FILE=/.test(line));
  let told = '';
  const children = commands.map((command): ChildProcess => {
    const port = command.includes('/api.js') ? {} : { KILN_PORT: '0' };
    const child = spawn('sh', ['-c', command], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], KILN_STUB_ENGINE: 'true', ...port },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (told += data));
    return child;
  });
  const call = async <T>(token: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${apiUrl}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const gone = new Promise((resolve) => child.once('close', resolve));
        process.kill(-child.pid!, 'SIGTERM');
        await gone;
      }),
    );
  };
  for (let tries = 0; !(await answers(apiUrl)); tries += 1) {
    if (tries > 300 || children.some(({ exitCode }) => exitCode !== null)) {
      await stop();
      throw new Error(`not all of them serve: ${told}`);
    }
    await sleep(100);
  }
  return {
    stop,
    build: async (token) => {
      await call(token, '/v1/projects', { slug: 'printed' });
      let build = await call<Build>(token, '/v1/projects/printed/builds', {
        source: { kind: 'inline' },
        options: { dockerfile_inline: 'FROM scratch' },
      });
      for (let tries = 0; ['queued', 'in_progress'].includes(build.status) && tries < 600; tries += 1) {
        await sleep(100);
        build = await call<Build>(token, `/v1/builds/${build.id}`);
      }
      return build;
    },
  };
}

async function answers(apiUrl: string): Promise<boolean> {
  return fetch(`${apiUrl}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}
